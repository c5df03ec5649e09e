/** ShareGroupHeartbeat (API key 76): a member of a share group says that it is alive and learns its assignment (KIP-932). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const shareGroupHeartbeatRequest = message({
  name: 'ShareGroupHeartbeatRequest',
  kind: 'request',
  apiKey: 76,
  listeners: ['broker'],
  versions: '1',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('MemberId', string, '0+'),
    field('MemberEpoch', int32, '0+'),
    field('RackId', string, '0+', { nullable: '0+', default: null }),
    field('SubscribedTopicNames', array(string), '0+', { nullable: '0+', default: null, entityType: 'topicName' }),
  ],
});
export interface ShareGroupHeartbeatRequest extends Infer<typeof shareGroupHeartbeatRequest> {}
export type ShareGroupHeartbeatRequestInput = Input<typeof shareGroupHeartbeatRequest>;

const topicPartitionsStruct = struct('TopicPartitions', [field('TopicId', uuid, '0+'), field('Partitions', array(int32), '0+')]);

export const shareGroupHeartbeatResponse = message({
  name: 'ShareGroupHeartbeatResponse',
  kind: 'response',
  apiKey: 76,
  versions: '1',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
    field('MemberId', string, '0+', { nullable: '0+', default: null }),
    field('MemberEpoch', int32, '0+'),
    field('HeartbeatIntervalMs', int32, '0+'),
    field('Assignment', struct('Assignment', [field('TopicPartitions', array(topicPartitionsStruct), '0+')]), '0+', {
      nullable: '0+',
      default: null,
    }),
  ],
});
export interface ShareGroupHeartbeatResponse extends Infer<typeof shareGroupHeartbeatResponse> {}
export type ShareGroupHeartbeatResponseInput = Input<typeof shareGroupHeartbeatResponse>;
