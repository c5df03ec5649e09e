/** AlterUserScramCredentials (API key 51): an admin changes SCRAM credentials (KIP-554). */
import { array, bytes, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const alterUserScramCredentialsRequest = message({
  name: 'AlterUserScramCredentialsRequest',
  kind: 'request',
  apiKey: 51,
  listeners: ['broker', 'controller'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('Deletions', array(struct('ScramCredentialDeletion', [field('Name', string, '0+'), field('Mechanism', int8, '0+')])), '0+'),
    field(
      'Upsertions',
      array(
        struct('ScramCredentialUpsertion', [
          field('Name', string, '0+'),
          field('Mechanism', int8, '0+'),
          field('Iterations', int32, '0+'),
          field('Salt', bytes, '0+'),
          field('SaltedPassword', bytes, '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface AlterUserScramCredentialsRequest extends Infer<typeof alterUserScramCredentialsRequest> {}
export type AlterUserScramCredentialsRequestInput = Input<typeof alterUserScramCredentialsRequest>;

export const alterUserScramCredentialsResponse = message({
  name: 'AlterUserScramCredentialsResponse',
  kind: 'response',
  apiKey: 51,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Results',
      array(
        struct('AlterUserScramCredentialsResult', [
          field('User', string, '0+'),
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+' }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface AlterUserScramCredentialsResponse extends Infer<typeof alterUserScramCredentialsResponse> {}
export type AlterUserScramCredentialsResponseInput = Input<typeof alterUserScramCredentialsResponse>;
