/** Key and value of a record (type 1) of __share_group_state: what changed about a share partition since its snapshot (KIP-932). */
import { array, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct, uuid } from '../../schema/schema.ts';

export const shareUpdateKey = message({
  name: 'ShareUpdateKey',
  kind: 'coordinator-key',
  apiKey: 1,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('TopicId', uuid, '0'), field('Partition', int32, '0')],
});
export interface ShareUpdateKey extends Infer<typeof shareUpdateKey> {}
export type ShareUpdateKeyInput = Input<typeof shareUpdateKey>;

export const shareUpdateValue = message({
  name: 'ShareUpdateValue',
  kind: 'coordinator-value',
  apiKey: 1,
  versions: '0',
  flexible: '0+',
  fields: [
    field('SnapshotEpoch', int32, '0+'),
    field('LeaderEpoch', int32, '0+'),
    field('StartOffset', int64, '0+'),
    field('DeliveryCompleteCount', int32, '0+', { default: -1, tag: 0, tagged: '0+' }),
    field(
      'StateBatches',
      array(
        struct('StateBatch', [
          field('FirstOffset', int64, '0+'),
          field('LastOffset', int64, '0+'),
          field('DeliveryState', int8, '0+'),
          field('DeliveryCount', int16, '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ShareUpdateValue extends Infer<typeof shareUpdateValue> {}
export type ShareUpdateValueInput = Input<typeof shareUpdateValue>;
