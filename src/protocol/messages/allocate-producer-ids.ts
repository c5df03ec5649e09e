/** AllocateProducerIds (API key 67): a broker gets a block of producer ids from the controller (KIP-730). */
import { field, type Infer, type Input, int16, int32, int64, message } from '../schema/schema.ts';

export const allocateProducerIdsRequest = message({
  name: 'AllocateProducerIdsRequest',
  kind: 'request',
  apiKey: 67,
  listeners: ['controller'],
  versions: '0',
  flexible: '0+',
  fields: [field('BrokerId', int32, '0+', { entityType: 'brokerId' }), field('BrokerEpoch', int64, '0+', { default: -1 })],
});
export interface AllocateProducerIdsRequest extends Infer<typeof allocateProducerIdsRequest> {}
export type AllocateProducerIdsRequestInput = Input<typeof allocateProducerIdsRequest>;

export const allocateProducerIdsResponse = message({
  name: 'AllocateProducerIdsResponse',
  kind: 'response',
  apiKey: 67,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ProducerIdStart', int64, '0+', { entityType: 'producerId' }),
    field('ProducerIdLen', int32, '0+'),
  ],
});
export interface AllocateProducerIdsResponse extends Infer<typeof allocateProducerIdsResponse> {}
export type AllocateProducerIdsResponseInput = Input<typeof allocateProducerIdsResponse>;
