/** A record (type 3) of the snapshots of tiered storage: a segment and its state (KIP-405). */
import { array, bool, bytes, field, type Infer, type Input, int8, int32, int64, message, struct, uuid } from '../../schema/schema.ts';

export const remoteLogSegmentMetadataSnapshotRecord = message({
  name: 'RemoteLogSegmentMetadataSnapshotRecord',
  kind: 'metadata',
  apiKey: 3,
  versions: '0',
  flexible: '0+',
  fields: [
    field('SegmentId', uuid, '0+'),
    field('StartOffset', int64, '0+'),
    field('EndOffset', int64, '0+'),
    field('BrokerId', int32, '0+'),
    field('MaxTimestampMs', int64, '0+'),
    field('EventTimestampMs', int64, '0+'),
    field('SegmentLeaderEpochs', array(struct('SegmentLeaderEpochEntry', [field('LeaderEpoch', int32, '0+'), field('Offset', int64, '0+')])), '0+'),
    field('SegmentSizeInBytes', int32, '0+'),
    field('CustomMetadata', bytes, '0+', { nullable: '0+', default: null }),
    field('RemoteLogSegmentState', int8, '0+'),
    field('TxnIndexEmpty', bool, '0+', { tag: 0, tagged: '0+' }),
  ],
});
export interface RemoteLogSegmentMetadataSnapshotRecord extends Infer<typeof remoteLogSegmentMetadataSnapshotRecord> {}
export type RemoteLogSegmentMetadataSnapshotRecordInput = Input<typeof remoteLogSegmentMetadataSnapshotRecord>;
