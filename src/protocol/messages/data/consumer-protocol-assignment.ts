/** What a member of a classic consumer group gets, as bytes in SyncGroup behind an int16 version. */
import { array, bytes, field, type Infer, type Input, int32, message, string, struct } from '../../schema/schema.ts';

export const consumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  kind: 'data',
  versions: '0-3',
  flexible: 'none',
  fields: [
    field(
      'AssignedPartitions',
      array(
        struct('TopicPartition', [field('Topic', string, '0+', { mapKey: true, entityType: 'topicName' }), field('Partitions', array(int32), '0+')]),
      ),
      '0+',
    ),
    field('UserData', bytes, '0+', { nullable: '0+', default: null, zeroCopy: true }),
  ],
});
export interface ConsumerProtocolAssignment extends Infer<typeof consumerProtocolAssignment> {}
export type ConsumerProtocolAssignmentInput = Input<typeof consumerProtocolAssignment>;
