/** Key and value of a record (type 14) of __consumer_offsets: what a member of a share group is assigned. */
import { array, field, type Infer, type Input, int8, int32, message, string, struct, uuid } from '../../schema/schema.ts';

export const shareGroupCurrentMemberAssignmentKey = message({
  name: 'ShareGroupCurrentMemberAssignmentKey',
  kind: 'coordinator-key',
  apiKey: 14,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface ShareGroupCurrentMemberAssignmentKey extends Infer<typeof shareGroupCurrentMemberAssignmentKey> {}
export type ShareGroupCurrentMemberAssignmentKeyInput = Input<typeof shareGroupCurrentMemberAssignmentKey>;

const topicPartitionsStruct = struct('TopicPartitions', [field('TopicId', uuid, '0+'), field('Partitions', array(int32), '0+')]);

export const shareGroupCurrentMemberAssignmentValue = message({
  name: 'ShareGroupCurrentMemberAssignmentValue',
  kind: 'coordinator-value',
  apiKey: 14,
  versions: '0',
  flexible: '0+',
  fields: [
    field('MemberEpoch', int32, '0+'),
    field('PreviousMemberEpoch', int32, '0+'),
    field('State', int8, '0+'),
    field('AssignedPartitions', array(topicPartitionsStruct), '0+'),
  ],
});
export interface ShareGroupCurrentMemberAssignmentValue extends Infer<typeof shareGroupCurrentMemberAssignmentValue> {}
export type ShareGroupCurrentMemberAssignmentValueInput = Input<typeof shareGroupCurrentMemberAssignmentValue>;
