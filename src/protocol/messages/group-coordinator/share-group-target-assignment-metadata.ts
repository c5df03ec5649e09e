/** Key and value of a record (type 12) of __consumer_offsets: the epoch of the target assignment of a share group. */
import { field, type Infer, type Input, int32, int64, message, string } from '../../schema/schema.ts';

export const shareGroupTargetAssignmentMetadataKey = message({
  name: 'ShareGroupTargetAssignmentMetadataKey',
  kind: 'coordinator-key',
  apiKey: 12,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface ShareGroupTargetAssignmentMetadataKey extends Infer<typeof shareGroupTargetAssignmentMetadataKey> {}
export type ShareGroupTargetAssignmentMetadataKeyInput = Input<typeof shareGroupTargetAssignmentMetadataKey>;

export const shareGroupTargetAssignmentMetadataValue = message({
  name: 'ShareGroupTargetAssignmentMetadataValue',
  kind: 'coordinator-value',
  apiKey: 12,
  versions: '0',
  flexible: '0+',
  fields: [
    field('AssignmentEpoch', int32, '0+'),
    field('AssignmentTimestamp', int64, '0+', { default: 0, literalDefault: true, tag: 0, tagged: '0+', ignorable: true }),
  ],
});
export interface ShareGroupTargetAssignmentMetadataValue extends Infer<typeof shareGroupTargetAssignmentMetadataValue> {}
export type ShareGroupTargetAssignmentMetadataValueInput = Input<typeof shareGroupTargetAssignmentMetadataValue>;
