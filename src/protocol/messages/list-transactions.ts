/** ListTransactions (API key 66): an admin lists the transactions a broker coordinates (KIP-664). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const listTransactionsRequest = message({
  name: 'ListTransactionsRequest',
  kind: 'request',
  apiKey: 66,
  listeners: ['broker'],
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('StateFilters', array(string), '0+'),
    field('ProducerIdFilters', array(int64), '0+', { entityType: 'producerId' }),
    field('DurationFilter', int64, '1+', { default: -1, literalDefault: true }),
    field('TransactionalIdPattern', string, '2+', { nullable: '2+', default: null }),
  ],
});
export interface ListTransactionsRequest extends Infer<typeof listTransactionsRequest> {}
export type ListTransactionsRequestInput = Input<typeof listTransactionsRequest>;

export const listTransactionsResponse = message({
  name: 'ListTransactionsResponse',
  kind: 'response',
  apiKey: 66,
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('UnknownStateFilters', array(string), '0+'),
    field(
      'TransactionStates',
      array(
        struct('TransactionState', [
          field('TransactionalId', string, '0+', { entityType: 'transactionalId' }),
          field('ProducerId', int64, '0+', { entityType: 'producerId' }),
          field('TransactionState', string, '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ListTransactionsResponse extends Infer<typeof listTransactionsResponse> {}
export type ListTransactionsResponseInput = Input<typeof listTransactionsResponse>;
