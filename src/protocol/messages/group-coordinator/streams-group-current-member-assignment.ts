/** Key and value of a record (type 22) of __consumer_offsets: which tasks a member of a streams group runs. */
import { array, field, type Infer, type Input, int8, int32, message, string, struct } from '../../schema/schema.ts';

export const streamsGroupCurrentMemberAssignmentKey = message({
  name: 'StreamsGroupCurrentMemberAssignmentKey',
  kind: 'coordinator-key',
  apiKey: 22,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface StreamsGroupCurrentMemberAssignmentKey extends Infer<typeof streamsGroupCurrentMemberAssignmentKey> {}
export type StreamsGroupCurrentMemberAssignmentKeyInput = Input<typeof streamsGroupCurrentMemberAssignmentKey>;

const taskIdsStruct = struct('TaskIds', [
  field('SubtopologyId', string, '0+'),
  field('Partitions', array(int32), '0+'),
  field('AssignmentEpochs', array(int32), '0+', { nullable: '0+', default: null, literalDefault: true, tag: 0, tagged: '0+' }),
]);

export const streamsGroupCurrentMemberAssignmentValue = message({
  name: 'StreamsGroupCurrentMemberAssignmentValue',
  kind: 'coordinator-value',
  apiKey: 22,
  versions: '0',
  flexible: '0+',
  fields: [
    field('MemberEpoch', int32, '0+'),
    field('PreviousMemberEpoch', int32, '0+'),
    field('State', int8, '0+'),
    field('ActiveTasks', array(taskIdsStruct), '0+'),
    field('StandbyTasks', array(taskIdsStruct), '0+'),
    field('WarmupTasks', array(taskIdsStruct), '0+'),
    field('ActiveTasksPendingRevocation', array(taskIdsStruct), '0+'),
    field('StandbyTasksPendingRevocation', array(taskIdsStruct), '0+'),
    field('WarmupTasksPendingRevocation', array(taskIdsStruct), '0+'),
  ],
});
export interface StreamsGroupCurrentMemberAssignmentValue extends Infer<typeof streamsGroupCurrentMemberAssignmentValue> {}
export type StreamsGroupCurrentMemberAssignmentValueInput = Input<typeof streamsGroupCurrentMemberAssignmentValue>;
