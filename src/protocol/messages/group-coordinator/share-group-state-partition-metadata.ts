/** Key and value of a record (type 15) of __consumer_offsets: the partitions whose state a share group has initialized. */
import { array, field, type Infer, type Input, int32, message, string, struct, uuid } from '../../schema/schema.ts';

export const shareGroupStatePartitionMetadataKey = message({
  name: 'ShareGroupStatePartitionMetadataKey',
  kind: 'coordinator-key',
  apiKey: 15,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface ShareGroupStatePartitionMetadataKey extends Infer<typeof shareGroupStatePartitionMetadataKey> {}
export type ShareGroupStatePartitionMetadataKeyInput = Input<typeof shareGroupStatePartitionMetadataKey>;

const topicPartitionsInfoStruct = struct('TopicPartitionsInfo', [
  field('TopicId', uuid, '0+'),
  field('TopicName', string, '0+'),
  field('Partitions', array(int32), '0+'),
]);

const topicInfoStruct = struct('TopicInfo', [field('TopicId', uuid, '0+'), field('TopicName', string, '0+')]);

export const shareGroupStatePartitionMetadataValue = message({
  name: 'ShareGroupStatePartitionMetadataValue',
  kind: 'coordinator-value',
  apiKey: 15,
  versions: '0',
  flexible: '0+',
  fields: [
    field('InitializingTopics', array(topicPartitionsInfoStruct), '0+'),
    field('InitializedTopics', array(topicPartitionsInfoStruct), '0+'),
    field('DeletingTopics', array(topicInfoStruct), '0+'),
  ],
});
export interface ShareGroupStatePartitionMetadataValue extends Infer<typeof shareGroupStatePartitionMetadataValue> {}
export type ShareGroupStatePartitionMetadataValueInput = Input<typeof shareGroupStatePartitionMetadataValue>;
