/** Key and value of a record (type 7) of __consumer_offsets: which partitions a member of a consumer group shall own. */
import { array, field, type Infer, type Input, int32, message, string, struct, uuid } from '../../schema/schema.ts';

export const consumerGroupTargetAssignmentMemberKey = message({
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  kind: 'coordinator-key',
  apiKey: 7,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface ConsumerGroupTargetAssignmentMemberKey extends Infer<typeof consumerGroupTargetAssignmentMemberKey> {}
export type ConsumerGroupTargetAssignmentMemberKeyInput = Input<typeof consumerGroupTargetAssignmentMemberKey>;

export const consumerGroupTargetAssignmentMemberValue = message({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  kind: 'coordinator-value',
  apiKey: 7,
  versions: '0',
  flexible: '0+',
  fields: [field('TopicPartitions', array(struct('TopicPartition', [field('TopicId', uuid, '0+'), field('Partitions', array(int32), '0+')])), '0+')],
});
export interface ConsumerGroupTargetAssignmentMemberValue extends Infer<typeof consumerGroupTargetAssignmentMemberValue> {}
export type ConsumerGroupTargetAssignmentMemberValueInput = Input<typeof consumerGroupTargetAssignmentMemberValue>;
