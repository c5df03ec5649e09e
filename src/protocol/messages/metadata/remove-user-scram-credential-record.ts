/** A record (type 22) of the metadata log: removes a SCRAM credential. */
import { field, type Infer, type Input, int8, message, string } from '../../schema/schema.ts';

export const removeUserScramCredentialRecord = message({
  name: 'RemoveUserScramCredentialRecord',
  kind: 'metadata',
  apiKey: 22,
  versions: '0',
  flexible: '0+',
  fields: [field('Name', string, '0+'), field('Mechanism', int8, '0+')],
});
export interface RemoveUserScramCredentialRecord extends Infer<typeof removeUserScramCredentialRecord> {}
export type RemoveUserScramCredentialRecordInput = Input<typeof removeUserScramCredentialRecord>;
