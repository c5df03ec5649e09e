/** Key and value of a record (type 6) of __consumer_offsets: the epoch of the target assignment of a consumer group. */
import { field, type Infer, type Input, int32, int64, message, string } from '../../schema/schema.ts';

export const consumerGroupTargetAssignmentMetadataKey = message({
  name: 'ConsumerGroupTargetAssignmentMetadataKey',
  kind: 'coordinator-key',
  apiKey: 6,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface ConsumerGroupTargetAssignmentMetadataKey extends Infer<typeof consumerGroupTargetAssignmentMetadataKey> {}
export type ConsumerGroupTargetAssignmentMetadataKeyInput = Input<typeof consumerGroupTargetAssignmentMetadataKey>;

export const consumerGroupTargetAssignmentMetadataValue = message({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  kind: 'coordinator-value',
  apiKey: 6,
  versions: '0',
  flexible: '0+',
  fields: [
    field('AssignmentEpoch', int32, '0+'),
    field('AssignmentTimestamp', int64, '0+', { default: 0, literalDefault: true, tag: 0, tagged: '0+', ignorable: true }),
  ],
});
export interface ConsumerGroupTargetAssignmentMetadataValue extends Infer<typeof consumerGroupTargetAssignmentMetadataValue> {}
export type ConsumerGroupTargetAssignmentMetadataValueInput = Input<typeof consumerGroupTargetAssignmentMetadataValue>;
