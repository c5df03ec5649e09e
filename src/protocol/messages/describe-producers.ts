/** DescribeProducers (API key 61): an admin looks at the producers a leader remembers (KIP-664). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const describeProducersRequest = message({
  name: 'DescribeProducersRequest',
  kind: 'request',
  apiKey: 61,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field(
      'Topics',
      array(struct('TopicRequest', [field('Name', string, '0+', { entityType: 'topicName' }), field('PartitionIndexes', array(int32), '0+')])),
      '0+',
    ),
  ],
});
export interface DescribeProducersRequest extends Infer<typeof describeProducersRequest> {}
export type DescribeProducersRequestInput = Input<typeof describeProducersRequest>;

export const describeProducersResponse = message({
  name: 'DescribeProducersResponse',
  kind: 'response',
  apiKey: 61,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Topics',
      array(
        struct('TopicResponse', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('PartitionResponse', [
                field('PartitionIndex', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
                field(
                  'ActiveProducers',
                  array(
                    struct('ProducerState', [
                      field('ProducerId', int64, '0+', { entityType: 'producerId' }),
                      field('ProducerEpoch', int32, '0+'),
                      field('LastSequence', int32, '0+', { default: -1 }),
                      field('LastTimestamp', int64, '0+', { default: -1 }),
                      field('CoordinatorEpoch', int32, '0+'),
                      field('CurrentTxnStartOffset', int64, '0+', { default: -1 }),
                    ]),
                  ),
                  '0+',
                ),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeProducersResponse extends Infer<typeof describeProducersResponse> {}
export type DescribeProducersResponseInput = Input<typeof describeProducersResponse>;
