/** DescribeDelegationToken (API key 41): an admin looks at delegation tokens (KIP-48). */
import { array, bytes, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const describeDelegationTokenRequest = message({
  name: 'DescribeDelegationTokenRequest',
  kind: 'request',
  apiKey: 41,
  listeners: ['broker', 'controller'],
  versions: '1-3',
  flexible: '2+',
  fields: [
    field(
      'Owners',
      array(struct('DescribeDelegationTokenOwner', [field('PrincipalType', string, '0+'), field('PrincipalName', string, '0+')])),
      '0+',
      { nullable: '0+' },
    ),
  ],
});
export interface DescribeDelegationTokenRequest extends Infer<typeof describeDelegationTokenRequest> {}
export type DescribeDelegationTokenRequestInput = Input<typeof describeDelegationTokenRequest>;

export const describeDelegationTokenResponse = message({
  name: 'DescribeDelegationTokenResponse',
  kind: 'response',
  apiKey: 41,
  versions: '1-3',
  flexible: '2+',
  fields: [
    field('ErrorCode', int16, '0+'),
    field(
      'Tokens',
      array(
        struct('DescribedDelegationToken', [
          field('PrincipalType', string, '0+'),
          field('PrincipalName', string, '0+'),
          field('TokenRequesterPrincipalType', string, '3+'),
          field('TokenRequesterPrincipalName', string, '3+'),
          field('IssueTimestamp', int64, '0+'),
          field('ExpiryTimestamp', int64, '0+'),
          field('MaxTimestamp', int64, '0+'),
          field('TokenId', string, '0+'),
          field('Hmac', bytes, '0+'),
          field(
            'Renewers',
            array(struct('DescribedDelegationTokenRenewer', [field('PrincipalType', string, '0+'), field('PrincipalName', string, '0+')])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field('ThrottleTimeMs', int32, '0+'),
  ],
});
export interface DescribeDelegationTokenResponse extends Infer<typeof describeDelegationTokenResponse> {}
export type DescribeDelegationTokenResponseInput = Input<typeof describeDelegationTokenResponse>;
