/** A record (type 4) of the metadata log: a configuration key of a resource, or its removal. */
import { field, type Infer, type Input, int8, message, string } from '../../schema/schema.ts';

export const configRecord = message({
  name: 'ConfigRecord',
  kind: 'metadata',
  apiKey: 4,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ResourceType', int8, '0+'),
    field('ResourceName', string, '0+'),
    field('Name', string, '0+'),
    field('Value', string, '0+', { nullable: '0+' }),
  ],
});
export interface ConfigRecord extends Infer<typeof configRecord> {}
export type ConfigRecordInput = Input<typeof configRecord>;
