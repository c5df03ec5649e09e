/** Key and value of a record (type 11) of __consumer_offsets: the epoch of a share group. */
import { field, type Infer, type Input, int32, int64Bits, message, string } from '../../schema/schema.ts';

export const shareGroupMetadataKey = message({
  name: 'ShareGroupMetadataKey',
  kind: 'coordinator-key',
  apiKey: 11,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface ShareGroupMetadataKey extends Infer<typeof shareGroupMetadataKey> {}
export type ShareGroupMetadataKeyInput = Input<typeof shareGroupMetadataKey>;

export const shareGroupMetadataValue = message({
  name: 'ShareGroupMetadataValue',
  kind: 'coordinator-value',
  apiKey: 11,
  versions: '0',
  flexible: '0+',
  fields: [field('Epoch', int32, '0+'), field('MetadataHash', int64Bits, '0+')],
});
export interface ShareGroupMetadataValue extends Infer<typeof shareGroupMetadataValue> {}
export type ShareGroupMetadataValueInput = Input<typeof shareGroupMetadataValue>;
