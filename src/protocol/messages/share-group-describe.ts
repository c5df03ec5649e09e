/** ShareGroupDescribe (API key 77): an admin looks at share groups (KIP-932). */
import { array, bool, field, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const shareGroupDescribeRequest = message({
  name: 'ShareGroupDescribeRequest',
  kind: 'request',
  apiKey: 77,
  listeners: ['broker'],
  versions: '1',
  flexible: '0+',
  fields: [field('GroupIds', array(string), '0+', { entityType: 'groupId' }), field('IncludeAuthorizedOperations', bool, '0+')],
});
export interface ShareGroupDescribeRequest extends Infer<typeof shareGroupDescribeRequest> {}
export type ShareGroupDescribeRequestInput = Input<typeof shareGroupDescribeRequest>;

const topicPartitionsStruct = struct('TopicPartitions', [
  field('TopicId', uuid, '0+'),
  field('TopicName', string, '0+', { entityType: 'topicName' }),
  field('Partitions', array(int32), '0+'),
]);

const assignmentStruct = struct('Assignment', [field('TopicPartitions', array(topicPartitionsStruct), '0+')]);

export const shareGroupDescribeResponse = message({
  name: 'ShareGroupDescribeResponse',
  kind: 'response',
  apiKey: 77,
  versions: '1',
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
                field('RackId', string, '0+', { nullable: '0+', default: null }),
                field('MemberEpoch', int32, '0+'),
                field('ClientId', string, '0+'),
                field('ClientHost', string, '0+'),
                field('SubscribedTopicNames', array(string), '0+', { entityType: 'topicName' }),
                field('Assignment', assignmentStruct, '0+'),
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
export interface ShareGroupDescribeResponse extends Infer<typeof shareGroupDescribeResponse> {}
export type ShareGroupDescribeResponseInput = Input<typeof shareGroupDescribeResponse>;
