/** SaslHandshake (API key 17): a client names the SASL mechanism it will use on a connection. */
import { array, field, type Infer, type Input, int16, message, string } from '../schema/schema.ts';

export const saslHandshakeRequest = message({
  name: 'SaslHandshakeRequest',
  kind: 'request',
  apiKey: 17,
  listeners: ['broker', 'controller'],
  versions: '0-1',
  flexible: 'none',
  fields: [field('Mechanism', string, '0+')],
});
export interface SaslHandshakeRequest extends Infer<typeof saslHandshakeRequest> {}
export type SaslHandshakeRequestInput = Input<typeof saslHandshakeRequest>;

export const saslHandshakeResponse = message({
  name: 'SaslHandshakeResponse',
  kind: 'response',
  apiKey: 17,
  versions: '0-1',
  flexible: 'none',
  fields: [field('ErrorCode', int16, '0+'), field('Mechanisms', array(string), '0+')],
});
export interface SaslHandshakeResponse extends Infer<typeof saslHandshakeResponse> {}
export type SaslHandshakeResponseInput = Input<typeof saslHandshakeResponse>;
