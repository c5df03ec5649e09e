/** Key and value of a record (type 21) of __consumer_offsets: which tasks a member of a streams group shall run. */
import { array, field, type Infer, type Input, int32, message, string, struct } from '../../schema/schema.ts';

export const streamsGroupTargetAssignmentMemberKey = message({
  name: 'StreamsGroupTargetAssignmentMemberKey',
  kind: 'coordinator-key',
  apiKey: 21,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface StreamsGroupTargetAssignmentMemberKey extends Infer<typeof streamsGroupTargetAssignmentMemberKey> {}
export type StreamsGroupTargetAssignmentMemberKeyInput = Input<typeof streamsGroupTargetAssignmentMemberKey>;

const taskIdsStruct = struct('TaskIds', [field('SubtopologyId', string, '0+'), field('Partitions', array(int32), '0+')]);

export const streamsGroupTargetAssignmentMemberValue = message({
  name: 'StreamsGroupTargetAssignmentMemberValue',
  kind: 'coordinator-value',
  apiKey: 21,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ActiveTasks', array(taskIdsStruct), '0+'),
    field('StandbyTasks', array(taskIdsStruct), '0+'),
    field('WarmupTasks', array(taskIdsStruct), '0+'),
  ],
});
export interface StreamsGroupTargetAssignmentMemberValue extends Infer<typeof streamsGroupTargetAssignmentMemberValue> {}
export type StreamsGroupTargetAssignmentMemberValueInput = Input<typeof streamsGroupTargetAssignmentMemberValue>;
