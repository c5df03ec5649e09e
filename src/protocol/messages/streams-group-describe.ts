/** StreamsGroupDescribe (API key 89): an admin looks at streams groups (KIP-1071). */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, string, struct, uint16 } from '../schema/schema.ts';

export const streamsGroupDescribeRequest = message({
  name: 'StreamsGroupDescribeRequest',
  kind: 'request',
  apiKey: 89,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [field('GroupIds', array(string), '0+', { entityType: 'groupId' }), field('IncludeAuthorizedOperations', bool, '0+')],
});
export interface StreamsGroupDescribeRequest extends Infer<typeof streamsGroupDescribeRequest> {}
export type StreamsGroupDescribeRequestInput = Input<typeof streamsGroupDescribeRequest>;

const endpointStruct = struct('Endpoint', [field('Host', string, '0+'), field('Port', uint16, '0+')]);

const taskOffsetStruct = struct('TaskOffset', [field('SubtopologyId', string, '0+'), field('Partition', int32, '0+'), field('Offset', int64, '0+')]);

const taskIdsStruct = struct('TaskIds', [field('SubtopologyId', string, '0+'), field('Partitions', array(int32), '0+')]);

const assignmentStruct = struct('Assignment', [
  field('ActiveTasks', array(taskIdsStruct), '0+'),
  field('StandbyTasks', array(taskIdsStruct), '0+'),
  field('WarmupTasks', array(taskIdsStruct), '0+'),
]);

const keyValueStruct = struct('KeyValue', [field('Key', string, '0+'), field('Value', string, '0+')]);

const topicInfoStruct = struct('TopicInfo', [
  field('Name', string, '0+', { entityType: 'topicName' }),
  field('Partitions', int32, '0+'),
  field('ReplicationFactor', int16, '0+'),
  field('TopicConfigs', array(keyValueStruct), '0+'),
]);

export const streamsGroupDescribeResponse = message({
  name: 'StreamsGroupDescribeResponse',
  kind: 'response',
  apiKey: 89,
  versions: '0',
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
          field(
            'Topology',
            struct('Topology', [
              field('Epoch', int32, '0+'),
              field(
                'Subtopologies',
                array(
                  struct('Subtopology', [
                    field('SubtopologyId', string, '0+'),
                    field('SourceTopics', array(string), '0+', { entityType: 'topicName' }),
                    field('RepartitionSinkTopics', array(string), '0+', { entityType: 'topicName' }),
                    field('StateChangelogTopics', array(topicInfoStruct), '0+'),
                    field('RepartitionSourceTopics', array(topicInfoStruct), '0+'),
                  ]),
                ),
                '0+',
                { nullable: '0+', default: null },
              ),
            ]),
            '0+',
            { nullable: '0+', default: null },
          ),
          field(
            'Members',
            array(
              struct('Member', [
                field('MemberId', string, '0+'),
                field('MemberEpoch', int32, '0+'),
                field('InstanceId', string, '0+', { nullable: '0+', default: null }),
                field('RackId', string, '0+', { nullable: '0+', default: null }),
                field('ClientId', string, '0+'),
                field('ClientHost', string, '0+'),
                field('TopologyEpoch', int32, '0+'),
                field('ProcessId', string, '0+'),
                field('UserEndpoint', endpointStruct, '0+', { nullable: '0+', default: null }),
                field('ClientTags', array(keyValueStruct), '0+'),
                field('TaskOffsets', array(taskOffsetStruct), '0+'),
                field('TaskEndOffsets', array(taskOffsetStruct), '0+'),
                field('Assignment', assignmentStruct, '0+'),
                field('TargetAssignment', assignmentStruct, '0+'),
                field('IsClassic', bool, '0+'),
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
export interface StreamsGroupDescribeResponse extends Infer<typeof streamsGroupDescribeResponse> {}
export type StreamsGroupDescribeResponseInput = Input<typeof streamsGroupDescribeResponse>;
