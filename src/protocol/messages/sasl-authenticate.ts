/** SaslAuthenticate (API key 36): carries the bytes of a SASL exchange. */
import { bytes, field, type Infer, type Input, int16, int64, message, string } from '../schema/schema.ts';

export const saslAuthenticateRequest = message({
  name: 'SaslAuthenticateRequest',
  kind: 'request',
  apiKey: 36,
  listeners: ['broker', 'controller'],
  versions: '0-2',
  flexible: '2+',
  fields: [field('AuthBytes', bytes, '0+')],
});
export interface SaslAuthenticateRequest extends Infer<typeof saslAuthenticateRequest> {}
export type SaslAuthenticateRequestInput = Input<typeof saslAuthenticateRequest>;

export const saslAuthenticateResponse = message({
  name: 'SaslAuthenticateResponse',
  kind: 'response',
  apiKey: 36,
  versions: '0-2',
  flexible: '2+',
  fields: [
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+' }),
    field('AuthBytes', bytes, '0+'),
    field('SessionLifetimeMs', int64, '1+', { default: 0, ignorable: true }),
  ],
});
export interface SaslAuthenticateResponse extends Infer<typeof saslAuthenticateResponse> {}
export type SaslAuthenticateResponseInput = Input<typeof saslAuthenticateResponse>;
