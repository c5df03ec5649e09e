/** A record (type 2) of the log of tiered storage: a partition is being deleted (KIP-405). */
import { field, type Infer, type Input, int8, int32, int64, message, string, struct, uuid } from '../../schema/schema.ts';

export const remotePartitionDeleteMetadataRecord = message({
  name: 'RemotePartitionDeleteMetadataRecord',
  kind: 'metadata',
  apiKey: 2,
  versions: '0',
  flexible: '0+',
  fields: [
    field(
      'TopicIdPartition',
      struct('TopicIdPartitionEntry', [field('Name', string, '0+'), field('Id', uuid, '0+'), field('Partition', int32, '0+')]),
      '0+',
    ),
    field('BrokerId', int32, '0+'),
    field('EventTimestampMs', int64, '0+'),
    field('RemotePartitionDeleteState', int8, '0+'),
  ],
});
export interface RemotePartitionDeleteMetadataRecord extends Infer<typeof remotePartitionDeleteMetadataRecord> {}
export type RemotePartitionDeleteMetadataRecordInput = Input<typeof remotePartitionDeleteMetadataRecord>;
