/** A record (type 14) of the metadata log: a quota, or its removal. */
import { array, bool, field, float64, type Infer, type Input, message, string, struct } from '../../schema/schema.ts';

export const clientQuotaRecord = message({
  name: 'ClientQuotaRecord',
  kind: 'metadata',
  apiKey: 14,
  versions: '0',
  flexible: '0+',
  fields: [
    field('Entity', array(struct('EntityData', [field('EntityType', string, '0+'), field('EntityName', string, '0+', { nullable: '0+' })])), '0+'),
    field('Key', string, '0+'),
    field('Value', float64, '0+'),
    field('Remove', bool, '0+'),
  ],
});
export interface ClientQuotaRecord extends Infer<typeof clientQuotaRecord> {}
export type ClientQuotaRecordInput = Input<typeof clientQuotaRecord>;
