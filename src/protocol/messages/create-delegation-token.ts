/** CreateDelegationToken (API key 38): an admin creates a delegation token (KIP-48). */
import { array, bytes, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const createDelegationTokenRequest = message({
  name: 'CreateDelegationTokenRequest',
  kind: 'request',
  apiKey: 38,
  listeners: ['broker', 'controller'],
  versions: '1-3',
  flexible: '2+',
  fields: [
    field('OwnerPrincipalType', string, '3+', { nullable: '3+' }),
    field('OwnerPrincipalName', string, '3+', { nullable: '3+' }),
    field('Renewers', array(struct('CreatableRenewers', [field('PrincipalType', string, '0+'), field('PrincipalName', string, '0+')])), '0+'),
    field('MaxLifetimeMs', int64, '0+'),
  ],
});
export interface CreateDelegationTokenRequest extends Infer<typeof createDelegationTokenRequest> {}
export type CreateDelegationTokenRequestInput = Input<typeof createDelegationTokenRequest>;

export const createDelegationTokenResponse = message({
  name: 'CreateDelegationTokenResponse',
  kind: 'response',
  apiKey: 38,
  versions: '1-3',
  flexible: '2+',
  fields: [
    field('ErrorCode', int16, '0+'),
    field('PrincipalType', string, '0+'),
    field('PrincipalName', string, '0+'),
    field('TokenRequesterPrincipalType', string, '3+'),
    field('TokenRequesterPrincipalName', string, '3+'),
    field('IssueTimestampMs', int64, '0+'),
    field('ExpiryTimestampMs', int64, '0+'),
    field('MaxTimestampMs', int64, '0+'),
    field('TokenId', string, '0+'),
    field('Hmac', bytes, '0+'),
    field('ThrottleTimeMs', int32, '0+'),
  ],
});
export interface CreateDelegationTokenResponse extends Infer<typeof createDelegationTokenResponse> {}
export type CreateDelegationTokenResponseInput = Input<typeof createDelegationTokenResponse>;
