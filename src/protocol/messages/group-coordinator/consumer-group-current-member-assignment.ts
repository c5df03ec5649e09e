/** Key and value of a record (type 8) of __consumer_offsets: which partitions a member of a consumer group owns and still has to give up. */
import { array, field, type Infer, type Input, int8, int32, message, string, struct, uuid } from '../../schema/schema.ts';

export const consumerGroupCurrentMemberAssignmentKey = message({
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  kind: 'coordinator-key',
  apiKey: 8,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface ConsumerGroupCurrentMemberAssignmentKey extends Infer<typeof consumerGroupCurrentMemberAssignmentKey> {}
export type ConsumerGroupCurrentMemberAssignmentKeyInput = Input<typeof consumerGroupCurrentMemberAssignmentKey>;

const topicPartitionsStruct = struct('TopicPartitions', [
  field('TopicId', uuid, '0+'),
  field('Partitions', array(int32), '0+'),
  field('AssignmentEpochs', array(int32), '0+', { nullable: '0+', default: null, literalDefault: true, tag: 0, tagged: '0+' }),
]);

export const consumerGroupCurrentMemberAssignmentValue = message({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  kind: 'coordinator-value',
  apiKey: 8,
  versions: '0',
  flexible: '0+',
  fields: [
    field('MemberEpoch', int32, '0+'),
    field('PreviousMemberEpoch', int32, '0+'),
    field('State', int8, '0+'),
    field('AssignedPartitions', array(topicPartitionsStruct), '0+'),
    field('PartitionsPendingRevocation', array(topicPartitionsStruct), '0+'),
  ],
});
export interface ConsumerGroupCurrentMemberAssignmentValue extends Infer<typeof consumerGroupCurrentMemberAssignmentValue> {}
export type ConsumerGroupCurrentMemberAssignmentValueInput = Input<typeof consumerGroupCurrentMemberAssignmentValue>;
