/** A record (type 10) of the metadata log: a delegation token. */
import { array, field, type Infer, type Input, int64, message, string } from '../../schema/schema.ts';

export const delegationTokenRecord = message({
  name: 'DelegationTokenRecord',
  kind: 'metadata',
  apiKey: 10,
  versions: '0',
  flexible: '0+',
  fields: [
    field('Owner', string, '0+'),
    field('Requester', string, '0+'),
    field('Renewers', array(string), '0+'),
    field('IssueTimestamp', int64, '0+'),
    field('MaxTimestamp', int64, '0+'),
    field('ExpirationTimestamp', int64, '0+'),
    field('TokenId', string, '0+'),
  ],
});
export interface DelegationTokenRecord extends Infer<typeof delegationTokenRecord> {}
export type DelegationTokenRecordInput = Input<typeof delegationTokenRecord>;
