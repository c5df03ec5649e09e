/** FetchSnapshot (API key 59): a replica of the metadata quorum reads a snapshot of the metadata (KIP-630). */
import { array, field, type Infer, type Input, int16, int32, int64, message, records, string, struct, uint16, uuid } from '../schema/schema.ts';

export const fetchSnapshotRequest = message({
  name: 'FetchSnapshotRequest',
  kind: 'request',
  apiKey: 59,
  listeners: ['controller'],
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ClusterId', string, '0+', { nullable: '0+', default: null, tag: 0, tagged: '0+' }),
    field('ReplicaId', int32, '0+', { default: -1, entityType: 'brokerId' }),
    field('MaxBytes', int32, '0+', { default: 2147483647 }),
    field(
      'Topics',
      array(
        struct('TopicSnapshot', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('PartitionSnapshot', [
                field('Partition', int32, '0+'),
                field('CurrentLeaderEpoch', int32, '0+'),
                field('SnapshotId', struct('SnapshotId', [field('EndOffset', int64, '0+'), field('Epoch', int32, '0+')]), '0+'),
                field('Position', int64, '0+'),
                field('ReplicaDirectoryId', uuid, '1+', { tag: 0, tagged: '1+', ignorable: true }),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface FetchSnapshotRequest extends Infer<typeof fetchSnapshotRequest> {}
export type FetchSnapshotRequestInput = Input<typeof fetchSnapshotRequest>;

export const fetchSnapshotResponse = message({
  name: 'FetchSnapshotResponse',
  kind: 'response',
  apiKey: 59,
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+', { ignorable: true }),
    field('ErrorCode', int16, '0+', { ignorable: false }),
    field(
      'Topics',
      array(
        struct('TopicSnapshot', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('PartitionSnapshot', [
                field('Index', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('SnapshotId', struct('SnapshotId', [field('EndOffset', int64, '0+'), field('Epoch', int32, '0+')]), '0+'),
                field(
                  'CurrentLeader',
                  struct('LeaderIdAndEpoch', [field('LeaderId', int32, '0+', { entityType: 'brokerId' }), field('LeaderEpoch', int32, '0+')]),
                  '0+',
                  { tag: 0, tagged: '0+' },
                ),
                field('Size', int64, '0+'),
                field('Position', int64, '0+'),
                field('UnalignedRecords', records, '0+'),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field(
      'NodeEndpoints',
      array(
        struct('NodeEndpoint', [
          field('NodeId', int32, '1+', { mapKey: true, entityType: 'brokerId' }),
          field('Host', string, '1+'),
          field('Port', uint16, '1+'),
        ]),
      ),
      '1+',
      { tag: 0, tagged: '1+' },
    ),
  ],
});
export interface FetchSnapshotResponse extends Infer<typeof fetchSnapshotResponse> {}
export type FetchSnapshotResponseInput = Input<typeof fetchSnapshotResponse>;
