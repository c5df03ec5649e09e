/** Key and value of a record (type 0) of __share_group_state: the whole state of a share partition (KIP-932). */
import { array, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct, uuid } from '../../schema/schema.ts';

export const shareSnapshotKey = message({
  name: 'ShareSnapshotKey',
  kind: 'coordinator-key',
  apiKey: 0,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('TopicId', uuid, '0'), field('Partition', int32, '0')],
});
export interface ShareSnapshotKey extends Infer<typeof shareSnapshotKey> {}
export type ShareSnapshotKeyInput = Input<typeof shareSnapshotKey>;

export const shareSnapshotValue = message({
  name: 'ShareSnapshotValue',
  kind: 'coordinator-value',
  apiKey: 0,
  versions: '0',
  flexible: '0+',
  fields: [
    field('SnapshotEpoch', int32, '0+'),
    field('StateEpoch', int32, '0+'),
    field('LeaderEpoch', int32, '0+'),
    field('StartOffset', int64, '0+'),
    field('DeliveryCompleteCount', int32, '0+', { default: -1, tag: 0, tagged: '0+' }),
    field('CreateTimestamp', int64, '0+'),
    field('WriteTimestamp', int64, '0+'),
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
export interface ShareSnapshotValue extends Infer<typeof shareSnapshotValue> {}
export type ShareSnapshotValueInput = Input<typeof shareSnapshotValue>;
