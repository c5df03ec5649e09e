/** DescribeTopicPartitions (API key 75): a client asks for topics in pages (KIP-966). */
import { array, bool, field, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const describeTopicPartitionsRequest = message({
  name: 'DescribeTopicPartitionsRequest',
  kind: 'request',
  apiKey: 75,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('Topics', array(struct('TopicRequest', [field('Name', string, '0+', { entityType: 'topicName' })])), '0+'),
    field('ResponsePartitionLimit', int32, '0+', { default: 2000 }),
    field('Cursor', struct('Cursor', [field('TopicName', string, '0+', { entityType: 'topicName' }), field('PartitionIndex', int32, '0+')]), '0+', {
      nullable: '0+',
      default: null,
    }),
  ],
});
export interface DescribeTopicPartitionsRequest extends Infer<typeof describeTopicPartitionsRequest> {}
export type DescribeTopicPartitionsRequestInput = Input<typeof describeTopicPartitionsRequest>;

export const describeTopicPartitionsResponse = message({
  name: 'DescribeTopicPartitionsResponse',
  kind: 'response',
  apiKey: 75,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+', { ignorable: true }),
    field(
      'Topics',
      array(
        struct('DescribeTopicPartitionsResponseTopic', [
          field('ErrorCode', int16, '0+'),
          field('Name', string, '0+', { nullable: '0+', mapKey: true, entityType: 'topicName' }),
          field('TopicId', uuid, '0+', { ignorable: true }),
          field('IsInternal', bool, '0+', { default: false, ignorable: true }),
          field(
            'Partitions',
            array(
              struct('DescribeTopicPartitionsResponsePartition', [
                field('ErrorCode', int16, '0+'),
                field('PartitionIndex', int32, '0+'),
                field('LeaderId', int32, '0+', { entityType: 'brokerId' }),
                field('LeaderEpoch', int32, '0+', { default: -1, ignorable: true }),
                field('ReplicaNodes', array(int32), '0+', { entityType: 'brokerId' }),
                field('IsrNodes', array(int32), '0+', { entityType: 'brokerId' }),
                field('EligibleLeaderReplicas', array(int32), '0+', { nullable: '0+', default: null, entityType: 'brokerId' }),
                field('LastKnownElr', array(int32), '0+', { nullable: '0+', default: null, entityType: 'brokerId' }),
                field('OfflineReplicas', array(int32), '0+', { ignorable: true, entityType: 'brokerId' }),
              ]),
            ),
            '0+',
          ),
          field('TopicAuthorizedOperations', int32, '0+', { default: -2147483648 }),
        ]),
      ),
      '0+',
    ),
    field(
      'NextCursor',
      struct('Cursor', [field('TopicName', string, '0+', { entityType: 'topicName' }), field('PartitionIndex', int32, '0+')]),
      '0+',
      { nullable: '0+', default: null },
    ),
  ],
});
export interface DescribeTopicPartitionsResponse extends Infer<typeof describeTopicPartitionsResponse> {}
export type DescribeTopicPartitionsResponseInput = Input<typeof describeTopicPartitionsResponse>;
