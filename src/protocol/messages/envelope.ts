/** Envelope (API key 58): a broker forwards a client's request to the active controller (KIP-590). */
import { bytes, field, type Infer, type Input, int16, message } from '../schema/schema.ts';

export const envelopeRequest = message({
  name: 'EnvelopeRequest',
  kind: 'request',
  apiKey: 58,
  listeners: ['controller'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('RequestData', bytes, '0+', { zeroCopy: true }),
    field('RequestPrincipal', bytes, '0+', { nullable: '0+' }),
    field('ClientHostAddress', bytes, '0+'),
  ],
});
export interface EnvelopeRequest extends Infer<typeof envelopeRequest> {}
export type EnvelopeRequestInput = Input<typeof envelopeRequest>;

export const envelopeResponse = message({
  name: 'EnvelopeResponse',
  kind: 'response',
  apiKey: 58,
  versions: '0',
  flexible: '0+',
  fields: [field('ResponseData', bytes, '0+', { nullable: '0+', default: null, zeroCopy: true }), field('ErrorCode', int16, '0+')],
});
export interface EnvelopeResponse extends Infer<typeof envelopeResponse> {}
export type EnvelopeResponseInput = Input<typeof envelopeResponse>;
