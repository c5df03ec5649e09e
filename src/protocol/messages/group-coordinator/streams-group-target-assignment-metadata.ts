/** Key and value of a record (type 20) of __consumer_offsets: the epoch of the target assignment of a streams group. */
import { field, type Infer, type Input, int32, int64, message, string } from '../../schema/schema.ts';

export const streamsGroupTargetAssignmentMetadataKey = message({
  name: 'StreamsGroupTargetAssignmentMetadataKey',
  kind: 'coordinator-key',
  apiKey: 20,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface StreamsGroupTargetAssignmentMetadataKey extends Infer<typeof streamsGroupTargetAssignmentMetadataKey> {}
export type StreamsGroupTargetAssignmentMetadataKeyInput = Input<typeof streamsGroupTargetAssignmentMetadataKey>;

export const streamsGroupTargetAssignmentMetadataValue = message({
  name: 'StreamsGroupTargetAssignmentMetadataValue',
  kind: 'coordinator-value',
  apiKey: 20,
  versions: '0',
  flexible: '0+',
  fields: [
    field('AssignmentEpoch', int32, '0+'),
    field('AssignmentTimestamp', int64, '0+', { default: 0, literalDefault: true, tag: 0, tagged: '0+', ignorable: true }),
  ],
});
export interface StreamsGroupTargetAssignmentMetadataValue extends Infer<typeof streamsGroupTargetAssignmentMetadataValue> {}
export type StreamsGroupTargetAssignmentMetadataValueInput = Input<typeof streamsGroupTargetAssignmentMetadataValue>;
