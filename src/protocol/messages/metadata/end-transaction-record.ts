/** A record (type 24) of the metadata log: applies the records since BeginTransactionRecord (KIP-868). */
import { type Infer, type Input, message } from '../../schema/schema.ts';

export const endTransactionRecord = message({
  name: 'EndTransactionRecord',
  kind: 'metadata',
  apiKey: 24,
  versions: '0',
  flexible: '0+',
  fields: [],
});
export interface EndTransactionRecord extends Infer<typeof endTransactionRecord> {}
export type EndTransactionRecordInput = Input<typeof endTransactionRecord>;
