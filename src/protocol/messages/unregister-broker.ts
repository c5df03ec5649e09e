/** UnregisterBroker (API key 64): an admin removes the registration of a broker (KIP-631). */
import { field, type Infer, type Input, int16, int32, message, string } from '../schema/schema.ts';

export const unregisterBrokerRequest = message({
  name: 'UnregisterBrokerRequest',
  kind: 'request',
  apiKey: 64,
  listeners: ['broker', 'controller'],
  versions: '0',
  flexible: '0+',
  fields: [field('BrokerId', int32, '0+', { entityType: 'brokerId' })],
});
export interface UnregisterBrokerRequest extends Infer<typeof unregisterBrokerRequest> {}
export type UnregisterBrokerRequestInput = Input<typeof unregisterBrokerRequest>;

export const unregisterBrokerResponse = message({
  name: 'UnregisterBrokerResponse',
  kind: 'response',
  apiKey: 64,
  versions: '0',
  flexible: '0+',
  fields: [field('ThrottleTimeMs', int32, '0+'), field('ErrorCode', int16, '0+'), field('ErrorMessage', string, '0+', { nullable: '0+' })],
});
export interface UnregisterBrokerResponse extends Infer<typeof unregisterBrokerResponse> {}
export type UnregisterBrokerResponseInput = Input<typeof unregisterBrokerResponse>;
