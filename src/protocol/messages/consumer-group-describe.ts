/** ConsumerGroupDescribe (API key 69): an admin looks at consumer groups (KIP-848). */
import { array, bool, field, type Infer, type Input, int8, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const consumerGroupDescribeRequest = message({
  name: 'ConsumerGroupDescribeRequest',
  kind: 'request',
  apiKey: 69,
  listeners: ['broker'],
  versions: '0-1',
  flexible: '0+',
  fields: [field('GroupIds', array(string), '0+', { entityType: 'groupId' }), field('IncludeAuthorizedOperations', bool, '0+')],
});
export interface ConsumerGroupDescribeRequest extends Infer<typeof consumerGroupDescribeRequest> {}
export type ConsumerGroupDescribeRequestInput = Input<typeof consumerGroupDescribeRequest>;

const topicPartitionsStruct = struct('TopicPartitions', [
  field('TopicId', uuid, '0+'),
  field('TopicName', string, '0+', { entityType: 'topicName' }),
  field('Partitions', array(int32), '0+'),
]);

const assignmentStruct = struct('Assignment', [field('TopicPartitions', array(topicPartitionsStruct), '0+')]);

export const consumerGroupDescribeResponse = message({
  name: 'ConsumerGroupDescribeResponse',
  kind: 'response',
  apiKey: 69,
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Groups',
      array(
        struct('DescribedGroup', [
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
          field('GroupId', string, '0+', { entityType: 'groupId' }),
          field('GroupState', string, '0+'),
          field('GroupEpoch', int32, '0+'),
          field('AssignmentEpoch', int32, '0+'),
          field('AssignorName', string, '0+'),
          field(
            'Members',
            array(
              struct('Member', [
                field('MemberId', string, '0+'),
                field('InstanceId', string, '0+', { nullable: '0+', default: null }),
                field('RackId', string, '0+', { nullable: '0+', default: null }),
                field('MemberEpoch', int32, '0+'),
                field('ClientId', string, '0+'),
                field('ClientHost', string, '0+'),
                field('SubscribedTopicNames', array(string), '0+', { entityType: 'topicName' }),
                field('SubscribedTopicRegex', string, '0+', { nullable: '0+', default: null }),
                field('Assignment', assignmentStruct, '0+'),
                field('TargetAssignment', assignmentStruct, '0+'),
                field('MemberType', int8, '1+', { default: -1, ignorable: true }),
              ]),
            ),
            '0+',
          ),
          field('AuthorizedOperations', int32, '0+', { default: -2147483648 }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ConsumerGroupDescribeResponse extends Infer<typeof consumerGroupDescribeResponse> {}
export type ConsumerGroupDescribeResponseInput = Input<typeof consumerGroupDescribeResponse>;
