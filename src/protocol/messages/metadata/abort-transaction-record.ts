/** A record (type 25) of the metadata log: takes back the records since BeginTransactionRecord (KIP-868). */
import { field, type Infer, type Input, message, string } from '../../schema/schema.ts';

export const abortTransactionRecord = message({
  name: 'AbortTransactionRecord',
  kind: 'metadata',
  apiKey: 25,
  versions: '0',
  flexible: '0+',
  fields: [field('Reason', string, '0+', { nullable: '0+', default: null, tag: 0, tagged: '0+' })],
});
export interface AbortTransactionRecord extends Infer<typeof abortTransactionRecord> {}
export type AbortTransactionRecordInput = Input<typeof abortTransactionRecord>;
