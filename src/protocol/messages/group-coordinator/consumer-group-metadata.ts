/** Key and value of a record (type 3) of __consumer_offsets: the epoch of a consumer group. */
import { field, type Infer, type Input, int32, int64Bits, message, string } from '../../schema/schema.ts';

export const consumerGroupMetadataKey = message({
  name: 'ConsumerGroupMetadataKey',
  kind: 'coordinator-key',
  apiKey: 3,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface ConsumerGroupMetadataKey extends Infer<typeof consumerGroupMetadataKey> {}
export type ConsumerGroupMetadataKeyInput = Input<typeof consumerGroupMetadataKey>;

export const consumerGroupMetadataValue = message({
  name: 'ConsumerGroupMetadataValue',
  kind: 'coordinator-value',
  apiKey: 3,
  versions: '0',
  flexible: '0+',
  fields: [field('Epoch', int32, '0+'), field('MetadataHash', int64Bits, '0+', { default: 0, literalDefault: true, tag: 0, tagged: '0+' })],
});
export interface ConsumerGroupMetadataValue extends Infer<typeof consumerGroupMetadataValue> {}
export type ConsumerGroupMetadataValueInput = Input<typeof consumerGroupMetadataValue>;
