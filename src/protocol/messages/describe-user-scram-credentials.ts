/** DescribeUserScramCredentials (API key 50): an admin lists which SCRAM credentials there are (KIP-554). */
import { array, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const describeUserScramCredentialsRequest = message({
  name: 'DescribeUserScramCredentialsRequest',
  kind: 'request',
  apiKey: 50,
  listeners: ['broker', 'controller'],
  versions: '0',
  flexible: '0+',
  fields: [field('Users', array(struct('UserName', [field('Name', string, '0+')])), '0+', { nullable: '0+' })],
});
export interface DescribeUserScramCredentialsRequest extends Infer<typeof describeUserScramCredentialsRequest> {}
export type DescribeUserScramCredentialsRequestInput = Input<typeof describeUserScramCredentialsRequest>;

export const describeUserScramCredentialsResponse = message({
  name: 'DescribeUserScramCredentialsResponse',
  kind: 'response',
  apiKey: 50,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+' }),
    field(
      'Results',
      array(
        struct('DescribeUserScramCredentialsResult', [
          field('User', string, '0+'),
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+' }),
          field('CredentialInfos', array(struct('CredentialInfo', [field('Mechanism', int8, '0+'), field('Iterations', int32, '0+')])), '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeUserScramCredentialsResponse extends Infer<typeof describeUserScramCredentialsResponse> {}
export type DescribeUserScramCredentialsResponseInput = Input<typeof describeUserScramCredentialsResponse>;
