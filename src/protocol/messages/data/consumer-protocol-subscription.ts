/** What a member of a classic consumer group wants and owns, as bytes in JoinGroup behind an int16 version. */
import { array, bytes, field, type Infer, type Input, int32, message, string, struct } from '../../schema/schema.ts';

export const consumerProtocolSubscription = message({
  name: 'ConsumerProtocolSubscription',
  kind: 'data',
  versions: '0-3',
  flexible: 'none',
  fields: [
    field('Topics', array(string), '0+'),
    field('UserData', bytes, '0+', { nullable: '0+', default: null, zeroCopy: true }),
    field(
      'OwnedPartitions',
      array(
        struct('TopicPartition', [field('Topic', string, '1+', { mapKey: true, entityType: 'topicName' }), field('Partitions', array(int32), '1+')]),
      ),
      '1+',
      { ignorable: true },
    ),
    field('GenerationId', int32, '2+', { default: -1, ignorable: true }),
    field('RackId', string, '3+', { nullable: '3+', default: null, ignorable: true }),
  ],
});
export interface ConsumerProtocolSubscription extends Infer<typeof consumerProtocolSubscription> {}
export type ConsumerProtocolSubscriptionInput = Input<typeof consumerProtocolSubscription>;
