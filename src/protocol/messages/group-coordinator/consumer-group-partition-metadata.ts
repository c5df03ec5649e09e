/** Key and value of a record (type 4) of __consumer_offsets: the topics a consumer group once subscribed to; no longer written. */
import { array, field, type Infer, type Input, int32, message, string, struct, uuid } from '../../schema/schema.ts';

export const consumerGroupPartitionMetadataKey = message({
  name: 'ConsumerGroupPartitionMetadataKey',
  kind: 'coordinator-key',
  apiKey: 4,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface ConsumerGroupPartitionMetadataKey extends Infer<typeof consumerGroupPartitionMetadataKey> {}
export type ConsumerGroupPartitionMetadataKeyInput = Input<typeof consumerGroupPartitionMetadataKey>;

export const consumerGroupPartitionMetadataValue = message({
  name: 'ConsumerGroupPartitionMetadataValue',
  kind: 'coordinator-value',
  apiKey: 4,
  versions: '0',
  flexible: '0+',
  fields: [
    field(
      'Topics',
      array(
        struct('TopicMetadata', [
          field('TopicId', uuid, '0+'),
          field('TopicName', string, '0+'),
          field('NumPartitions', int32, '0+'),
          field(
            'PartitionMetadata',
            array(struct('PartitionMetadata', [field('Partition', int32, '0+'), field('Racks', array(string), '0+')])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ConsumerGroupPartitionMetadataValue extends Infer<typeof consumerGroupPartitionMetadataValue> {}
export type ConsumerGroupPartitionMetadataValueInput = Input<typeof consumerGroupPartitionMetadataValue>;
