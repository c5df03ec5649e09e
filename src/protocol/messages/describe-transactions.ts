/** DescribeTransactions (API key 65): an admin looks at the state of transactions (KIP-664). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const describeTransactionsRequest = message({
  name: 'DescribeTransactionsRequest',
  kind: 'request',
  apiKey: 65,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [field('TransactionalIds', array(string), '0+', { entityType: 'transactionalId' })],
});
export interface DescribeTransactionsRequest extends Infer<typeof describeTransactionsRequest> {}
export type DescribeTransactionsRequestInput = Input<typeof describeTransactionsRequest>;

export const describeTransactionsResponse = message({
  name: 'DescribeTransactionsResponse',
  kind: 'response',
  apiKey: 65,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'TransactionStates',
      array(
        struct('TransactionState', [
          field('ErrorCode', int16, '0+'),
          field('TransactionalId', string, '0+', { entityType: 'transactionalId' }),
          field('TransactionState', string, '0+'),
          field('TransactionTimeoutMs', int32, '0+'),
          field('TransactionStartTimeMs', int64, '0+'),
          field('ProducerId', int64, '0+', { entityType: 'producerId' }),
          field('ProducerEpoch', int16, '0+'),
          field(
            'Topics',
            array(
              struct('TopicData', [field('Topic', string, '0+', { mapKey: true, entityType: 'topicName' }), field('Partitions', array(int32), '0+')]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeTransactionsResponse extends Infer<typeof describeTransactionsResponse> {}
export type DescribeTransactionsResponseInput = Input<typeof describeTransactionsResponse>;
