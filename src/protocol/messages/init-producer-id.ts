/** InitProducerId (API key 22): a producer gets its id and epoch; a transactional one fences its predecessors. */
import { bool, field, type Infer, type Input, int16, int32, int64, message, string } from '../schema/schema.ts';

export const initProducerIdRequest = message({
  name: 'InitProducerIdRequest',
  kind: 'request',
  apiKey: 22,
  listeners: ['broker'],
  versions: '0-6',
  flexible: '2+',
  latestVersionUnstable: true,
  fields: [
    field('TransactionalId', string, '0+', { nullable: '0+', entityType: 'transactionalId' }),
    field('TransactionTimeoutMs', int32, '0+'),
    field('ProducerId', int64, '3+', { default: -1, entityType: 'producerId' }),
    field('ProducerEpoch', int16, '3+', { default: -1 }),
    field('Enable2Pc', bool, '6+', { default: false }),
    field('KeepPreparedTxn', bool, '6+', { default: false }),
  ],
});
export interface InitProducerIdRequest extends Infer<typeof initProducerIdRequest> {}
export type InitProducerIdRequestInput = Input<typeof initProducerIdRequest>;

export const initProducerIdResponse = message({
  name: 'InitProducerIdResponse',
  kind: 'response',
  apiKey: 22,
  versions: '0-6',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+', { ignorable: true }),
    field('ErrorCode', int16, '0+'),
    field('ProducerId', int64, '0+', { default: -1, literalDefault: true, entityType: 'producerId' }),
    field('ProducerEpoch', int16, '0+'),
    field('OngoingTxnProducerId', int64, '6+', { default: -1, literalDefault: true, entityType: 'producerId' }),
    field('OngoingTxnProducerEpoch', int16, '6+', { default: -1, literalDefault: true }),
  ],
});
export interface InitProducerIdResponse extends Infer<typeof initProducerIdResponse> {}
export type InitProducerIdResponseInput = Input<typeof initProducerIdResponse>;
