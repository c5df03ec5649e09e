/** RenewDelegationToken (API key 39): an admin renews a delegation token (KIP-48). */
import { bytes, field, type Infer, type Input, int16, int32, int64, message } from '../schema/schema.ts';

export const renewDelegationTokenRequest = message({
  name: 'RenewDelegationTokenRequest',
  kind: 'request',
  apiKey: 39,
  listeners: ['broker', 'controller'],
  versions: '1-2',
  flexible: '2+',
  fields: [field('Hmac', bytes, '0+'), field('RenewPeriodMs', int64, '0+')],
});
export interface RenewDelegationTokenRequest extends Infer<typeof renewDelegationTokenRequest> {}
export type RenewDelegationTokenRequestInput = Input<typeof renewDelegationTokenRequest>;

export const renewDelegationTokenResponse = message({
  name: 'RenewDelegationTokenResponse',
  kind: 'response',
  apiKey: 39,
  versions: '1-2',
  flexible: '2+',
  fields: [field('ErrorCode', int16, '0+'), field('ExpiryTimestampMs', int64, '0+'), field('ThrottleTimeMs', int32, '0+')],
});
export interface RenewDelegationTokenResponse extends Infer<typeof renewDelegationTokenResponse> {}
export type RenewDelegationTokenResponseInput = Input<typeof renewDelegationTokenResponse>;
