/** A record (type 1) of the log of tiered storage: a new state of a segment (KIP-405). */
import { bytes, field, type Infer, type Input, int8, int32, int64, message, string, struct, uuid } from '../../schema/schema.ts';

export const remoteLogSegmentMetadataUpdateRecord = message({
  name: 'RemoteLogSegmentMetadataUpdateRecord',
  kind: 'metadata',
  apiKey: 1,
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
    field('BrokerId', int32, '0+'),
    field('EventTimestampMs', int64, '0+'),
    field('CustomMetadata', bytes, '0+', { nullable: '0+', default: null }),
    field('RemoteLogSegmentState', int8, '0+'),
  ],
});
export interface RemoteLogSegmentMetadataUpdateRecord extends Infer<typeof remoteLogSegmentMetadataUpdateRecord> {}
export type RemoteLogSegmentMetadataUpdateRecordInput = Input<typeof remoteLogSegmentMetadataUpdateRecord>;
