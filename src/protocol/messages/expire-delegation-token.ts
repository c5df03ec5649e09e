/** ExpireDelegationToken (API key 40): an admin lets a delegation token expire (KIP-48). */
import { bytes, field, type Infer, type Input, int16, int32, int64, message } from '../schema/schema.ts';

export const expireDelegationTokenRequest = message({
  name: 'ExpireDelegationTokenRequest',
  kind: 'request',
  apiKey: 40,
  listeners: ['broker', 'controller'],
  versions: '1-2',
  flexible: '2+',
  fields: [field('Hmac', bytes, '0+'), field('ExpiryTimePeriodMs', int64, '0+')],
});
export interface ExpireDelegationTokenRequest extends Infer<typeof expireDelegationTokenRequest> {}
export type ExpireDelegationTokenRequestInput = Input<typeof expireDelegationTokenRequest>;

export const expireDelegationTokenResponse = message({
  name: 'ExpireDelegationTokenResponse',
  kind: 'response',
  apiKey: 40,
  versions: '1-2',
  flexible: '2+',
  fields: [field('ErrorCode', int16, '0+'), field('ExpiryTimestampMs', int64, '0+'), field('ThrottleTimeMs', int32, '0+')],
});
export interface ExpireDelegationTokenResponse extends Infer<typeof expireDelegationTokenResponse> {}
export type ExpireDelegationTokenResponseInput = Input<typeof expireDelegationTokenResponse>;
