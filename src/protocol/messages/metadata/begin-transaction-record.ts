/** A record (type 23) of the metadata log: begins records that are applied together (KIP-868). */
import { field, type Infer, type Input, message, string } from '../../schema/schema.ts';

export const beginTransactionRecord = message({
  name: 'BeginTransactionRecord',
  kind: 'metadata',
  apiKey: 23,
  versions: '0',
  flexible: '0+',
  fields: [field('Name', string, '0+', { nullable: '0+', default: null, tag: 0, tagged: '0+' })],
});
export interface BeginTransactionRecord extends Infer<typeof beginTransactionRecord> {}
export type BeginTransactionRecordInput = Input<typeof beginTransactionRecord>;
