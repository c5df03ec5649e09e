/** StreamsGroupHeartbeat (API key 88): a member of a streams group says what it runs and learns which tasks it should run (KIP-1071). */
import { array, bool, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct, uint16 } from '../schema/schema.ts';

const keyValueStruct = struct('KeyValue', [field('Key', string, '0+'), field('Value', string, '0+')]);

const topicInfoStruct = struct('TopicInfo', [
  field('Name', string, '0+', { entityType: 'topicName' }),
  field('Partitions', int32, '0+'),
  field('ReplicationFactor', int16, '0+'),
  field('TopicConfigs', array(keyValueStruct), '0+'),
]);

const endpointStruct = struct('Endpoint', [field('Host', string, '0+'), field('Port', uint16, '0+')]);

const taskOffsetStruct = struct('TaskOffset', [field('SubtopologyId', string, '0+'), field('Partition', int32, '0+'), field('Offset', int64, '0+')]);

const taskIdsStruct = struct('TaskIds', [field('SubtopologyId', string, '0+'), field('Partitions', array(int32), '0+')]);

export const streamsGroupHeartbeatRequest = message({
  name: 'StreamsGroupHeartbeatRequest',
  kind: 'request',
  apiKey: 88,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('MemberId', string, '0+'),
    field('MemberEpoch', int32, '0+'),
    field('EndpointInformationEpoch', int32, '0+'),
    field('InstanceId', string, '0+', { nullable: '0+', default: null }),
    field('RackId', string, '0+', { nullable: '0+', default: null }),
    field('RebalanceTimeoutMs', int32, '0+', { default: -1, literalDefault: true }),
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
              field('SourceTopicRegex', array(string), '0+'),
              field('StateChangelogTopics', array(topicInfoStruct), '0+'),
              field('RepartitionSinkTopics', array(string), '0+', { entityType: 'topicName' }),
              field('RepartitionSourceTopics', array(topicInfoStruct), '0+'),
              field(
                'CopartitionGroups',
                array(
                  struct('CopartitionGroup', [
                    field('SourceTopics', array(int16), '0+'),
                    field('SourceTopicRegex', array(int16), '0+'),
                    field('RepartitionSourceTopics', array(int16), '0+'),
                  ]),
                ),
                '0+',
              ),
            ]),
          ),
          '0+',
        ),
      ]),
      '0+',
      { nullable: '0+', default: null },
    ),
    field('ActiveTasks', array(taskIdsStruct), '0+', { nullable: '0+', default: null }),
    field('StandbyTasks', array(taskIdsStruct), '0+', { nullable: '0+', default: null }),
    field('WarmupTasks', array(taskIdsStruct), '0+', { nullable: '0+', default: null }),
    field('ProcessId', string, '0+', { nullable: '0+', default: null }),
    field('UserEndpoint', endpointStruct, '0+', { nullable: '0+', default: null }),
    field('ClientTags', array(keyValueStruct), '0+', { nullable: '0+', default: null }),
    field('TaskOffsets', array(taskOffsetStruct), '0+', { nullable: '0+', default: null }),
    field('TaskEndOffsets', array(taskOffsetStruct), '0+', { nullable: '0+', default: null }),
    field('ShutdownApplication', bool, '0+', { default: false, literalDefault: true }),
  ],
});
export interface StreamsGroupHeartbeatRequest extends Infer<typeof streamsGroupHeartbeatRequest> {}
export type StreamsGroupHeartbeatRequestInput = Input<typeof streamsGroupHeartbeatRequest>;

const statusStruct = struct('Status', [field('StatusCode', int8, '0+'), field('StatusDetail', string, '0+')]);

const topicPartitionStruct = struct('TopicPartition', [
  field('Topic', string, '0+', { entityType: 'topicName' }),
  field('Partitions', array(int32), '0+'),
]);

const responseTaskIdsStruct = struct('TaskIds', [field('SubtopologyId', string, '0+'), field('Partitions', array(int32), '0+')]);

const responseEndpointStruct = struct('Endpoint', [field('Host', string, '0+'), field('Port', uint16, '0+')]);

export const streamsGroupHeartbeatResponse = message({
  name: 'StreamsGroupHeartbeatResponse',
  kind: 'response',
  apiKey: 88,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
    field('MemberId', string, '0+'),
    field('MemberEpoch', int32, '0+'),
    field('HeartbeatIntervalMs', int32, '0+'),
    field('AcceptableRecoveryLag', int32, '0+'),
    field('TaskOffsetIntervalMs', int32, '0+'),
    field('Status', array(statusStruct), '0+', { nullable: '0+' }),
    field('ActiveTasks', array(responseTaskIdsStruct), '0+', { nullable: '0+', default: null }),
    field('StandbyTasks', array(responseTaskIdsStruct), '0+', { nullable: '0+', default: null }),
    field('WarmupTasks', array(responseTaskIdsStruct), '0+', { nullable: '0+', default: null }),
    field('EndpointInformationEpoch', int32, '0+'),
    field(
      'PartitionsByUserEndpoint',
      array(
        struct('EndpointToPartitions', [
          field('UserEndpoint', responseEndpointStruct, '0+'),
          field('ActivePartitions', array(topicPartitionStruct), '0+'),
          field('StandbyPartitions', array(topicPartitionStruct), '0+'),
        ]),
      ),
      '0+',
      { nullable: '0+', default: null },
    ),
  ],
});
export interface StreamsGroupHeartbeatResponse extends Infer<typeof streamsGroupHeartbeatResponse> {}
export type StreamsGroupHeartbeatResponseInput = Input<typeof streamsGroupHeartbeatResponse>;
