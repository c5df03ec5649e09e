/** A record (type 0) of the log of tiered storage: a segment that was or will be copied (KIP-405). */
import { array, bool, bytes, field, type Infer, type Input, int8, int32, int64, message, string, struct, uuid } from '../../schema/schema.ts';

export const remoteLogSegmentMetadataRecord = message({
  name: 'RemoteLogSegmentMetadataRecord',
  kind: 'metadata',
  apiKey: 0,
  versions: '0',
  flexible: '0+',
  fields: [
    field(
      'RemoteLogSegmentId',
      struct('RemoteLogSegmentIdEntry', [
        field(
          'TopicIdPartition',
          struct('TopicIdPartitionEntry', [field('Name', string, '0+'), field('Id', uuid, '0+'), field('Partition', int32, '0+')]),
          '0+',
        ),
        field('Id', uuid, '0+'),
      ]),
      '0+',
    ),
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
export interface RemoteLogSegmentMetadataRecord extends Infer<typeof remoteLogSegmentMetadataRecord> {}
export type RemoteLogSegmentMetadataRecordInput = Input<typeof remoteLogSegmentMetadataRecord>;
