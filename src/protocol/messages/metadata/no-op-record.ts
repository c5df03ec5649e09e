/** A record (type 20) of the metadata log: nothing; keeps the committed offset moving. */
import { type Infer, type Input, message } from '../../schema/schema.ts';

export const noOpRecord = message({
  name: 'NoOpRecord',
  kind: 'metadata',
  apiKey: 20,
  versions: '0',
  flexible: '0+',
  fields: [],
});
export interface NoOpRecord extends Infer<typeof noOpRecord> {}
export type NoOpRecordInput = Input<typeof noOpRecord>;
