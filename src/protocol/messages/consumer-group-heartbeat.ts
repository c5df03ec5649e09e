/** ConsumerGroupHeartbeat (API key 68): a member of a consumer group says what it owns and learns what it should own (KIP-848). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const consumerGroupHeartbeatRequest = message({
  name: 'ConsumerGroupHeartbeatRequest',
  kind: 'request',
  apiKey: 68,
  listeners: ['broker'],
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('MemberId', string, '0+'),
    field('MemberEpoch', int32, '0+'),
    field('InstanceId', string, '0+', { nullable: '0+', default: null }),
    field('RackId', string, '0+', { nullable: '0+', default: null }),
    field('RebalanceTimeoutMs', int32, '0+', { default: -1, literalDefault: true }),
    field('SubscribedTopicNames', array(string), '0+', { nullable: '0+', default: null, entityType: 'topicName' }),
    field('SubscribedTopicRegex', string, '1+', { nullable: '1+', default: null }),
    field('ServerAssignor', string, '0+', { nullable: '0+', default: null }),
    field('TopicPartitions', array(struct('TopicPartitions', [field('TopicId', uuid, '0+'), field('Partitions', array(int32), '0+')])), '0+', {
      nullable: '0+',
      default: null,
    }),
  ],
});
export interface ConsumerGroupHeartbeatRequest extends Infer<typeof consumerGroupHeartbeatRequest> {}
export type ConsumerGroupHeartbeatRequestInput = Input<typeof consumerGroupHeartbeatRequest>;

const topicPartitionsStruct = struct('TopicPartitions', [field('TopicId', uuid, '0+'), field('Partitions', array(int32), '0+')]);

export const consumerGroupHeartbeatResponse = message({
  name: 'ConsumerGroupHeartbeatResponse',
  kind: 'response',
  apiKey: 68,
  versions: '0-1',
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
export interface ConsumerGroupHeartbeatResponse extends Infer<typeof consumerGroupHeartbeatResponse> {}
export type ConsumerGroupHeartbeatResponseInput = Input<typeof consumerGroupHeartbeatResponse>;
