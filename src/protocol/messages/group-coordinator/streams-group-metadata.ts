/** Key and value of a record (type 17) of __consumer_offsets: the epoch of a streams group. */
import { array, field, type Infer, type Input, int32, int64Bits, message, string, struct } from '../../schema/schema.ts';

export const streamsGroupMetadataKey = message({
  name: 'StreamsGroupMetadataKey',
  kind: 'coordinator-key',
  apiKey: 17,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface StreamsGroupMetadataKey extends Infer<typeof streamsGroupMetadataKey> {}
export type StreamsGroupMetadataKeyInput = Input<typeof streamsGroupMetadataKey>;

const lastAssignmentConfigStruct = struct('LastAssignmentConfig', [field('Key', string, '0+'), field('Value', string, '0+')]);

export const streamsGroupMetadataValue = message({
  name: 'StreamsGroupMetadataValue',
  kind: 'coordinator-value',
  apiKey: 17,
  versions: '0',
  flexible: '0+',
  fields: [
    field('Epoch', int32, '0+'),
    field('MetadataHash', int64Bits, '0+'),
    field('ValidatedTopologyEpoch', int32, '0+', { default: -1, literalDefault: true, tag: 0, tagged: '0+' }),
    field('LastAssignmentConfigs', array(lastAssignmentConfigStruct), '0+', {
      nullable: '0+',
      default: null,
      literalDefault: true,
      tag: 1,
      tagged: '0+',
    }),
  ],
});
export interface StreamsGroupMetadataValue extends Infer<typeof streamsGroupMetadataValue> {}
export type StreamsGroupMetadataValueInput = Input<typeof streamsGroupMetadataValue>;
