/** A record (type 11) of the metadata log: a SCRAM credential. */
import { bytes, field, type Infer, type Input, int8, int32, message, string } from '../../schema/schema.ts';

export const userScramCredentialRecord = message({
  name: 'UserScramCredentialRecord',
  kind: 'metadata',
  apiKey: 11,
  versions: '0',
  flexible: '0+',
  fields: [
    field('Name', string, '0+'),
    field('Mechanism', int8, '0+'),
    field('Salt', bytes, '0+'),
    field('StoredKey', bytes, '0+'),
    field('ServerKey', bytes, '0+'),
    field('Iterations', int32, '0+'),
  ],
});
export interface UserScramCredentialRecord extends Infer<typeof userScramCredentialRecord> {}
export type UserScramCredentialRecordInput = Input<typeof userScramCredentialRecord>;
