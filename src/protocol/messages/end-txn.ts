/** EndTxn (API key 26): a producer commits or aborts its transaction. */
import { bool, field, type Infer, type Input, int16, int32, int64, message, string } from '../schema/schema.ts';

export const endTxnRequest = message({
  name: 'EndTxnRequest',
  kind: 'request',
  apiKey: 26,
  listeners: ['broker'],
  versions: '0-5',
  flexible: '3+',
  latestVersionUnstable: false,
  fields: [
    field('TransactionalId', string, '0+', { entityType: 'transactionalId' }),
    field('ProducerId', int64, '0+', { entityType: 'producerId' }),
    field('ProducerEpoch', int16, '0+'),
    field('Committed', bool, '0+'),
  ],
});
export interface EndTxnRequest extends Infer<typeof endTxnRequest> {}
export type EndTxnRequestInput = Input<typeof endTxnRequest>;

export const endTxnResponse = message({
  name: 'EndTxnResponse',
  kind: 'response',
  apiKey: 26,
  versions: '0-5',
  flexible: '3+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ProducerId', int64, '5+', { default: -1, ignorable: true, entityType: 'producerId' }),
    field('ProducerEpoch', int16, '5+', { default: -1, ignorable: true }),
  ],
});
export interface EndTxnResponse extends Infer<typeof endTxnResponse> {}
export type EndTxnResponseInput = Input<typeof endTxnResponse>;
