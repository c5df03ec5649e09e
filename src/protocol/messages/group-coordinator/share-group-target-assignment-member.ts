/** Key and value of a record (type 13) of __consumer_offsets: what a member of a share group shall be assigned. */
import { array, field, type Infer, type Input, int32, message, string, struct, uuid } from '../../schema/schema.ts';

export const shareGroupTargetAssignmentMemberKey = message({
  name: 'ShareGroupTargetAssignmentMemberKey',
  kind: 'coordinator-key',
  apiKey: 13,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface ShareGroupTargetAssignmentMemberKey extends Infer<typeof shareGroupTargetAssignmentMemberKey> {}
export type ShareGroupTargetAssignmentMemberKeyInput = Input<typeof shareGroupTargetAssignmentMemberKey>;

export const shareGroupTargetAssignmentMemberValue = message({
  name: 'ShareGroupTargetAssignmentMemberValue',
  kind: 'coordinator-value',
  apiKey: 13,
  versions: '0',
  flexible: '0+',
  fields: [field('TopicPartitions', array(struct('TopicPartition', [field('TopicId', uuid, '0+'), field('Partitions', array(int32), '0+')])), '0+')],
});
export interface ShareGroupTargetAssignmentMemberValue extends Infer<typeof shareGroupTargetAssignmentMemberValue> {}
export type ShareGroupTargetAssignmentMemberValueInput = Input<typeof shareGroupTargetAssignmentMemberValue>;
