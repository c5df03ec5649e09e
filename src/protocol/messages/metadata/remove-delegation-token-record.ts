/** A record (type 26) of the metadata log: removes a delegation token. */
import { field, type Infer, type Input, message, string } from '../../schema/schema.ts';

export const removeDelegationTokenRecord = message({
  name: 'RemoveDelegationTokenRecord',
  kind: 'metadata',
  apiKey: 26,
  versions: '0',
  flexible: '0+',
  fields: [field('TokenId', string, '0+')],
});
export interface RemoveDelegationTokenRecord extends Infer<typeof removeDelegationTokenRecord> {}
export type RemoveDelegationTokenRecordInput = Input<typeof removeDelegationTokenRecord>;
