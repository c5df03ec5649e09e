/** Fetch (API key 1): a consumer, a follower or a replica of the metadata quorum reads record batches from a leader. */
import {
  array,
  field,
  type Infer,
  type Input,
  int8,
  int16,
  int32,
  int64,
  int64Bits,
  message,
  records,
  string,
  struct,
  uuid,
} from '../schema/schema.ts';

export const fetchRequest = message({
  name: 'FetchRequest',
  kind: 'request',
  apiKey: 1,
  listeners: ['broker', 'controller'],
  versions: '4-18',
  flexible: '12+',
  fields: [
    field('ClusterId', string, '12+', { nullable: '12+', default: null, tag: 0, tagged: '12+', ignorable: true }),
    field('ReplicaId', int32, '0-14', { default: -1, entityType: 'brokerId' }),
    field(
      'ReplicaState',
      struct('ReplicaState', [
        field('ReplicaId', int32, '15+', { default: -1, entityType: 'brokerId' }),
        field('ReplicaEpoch', int64, '15+', { default: -1 }),
      ]),
      '15+',
      { tag: 1, tagged: '15+' },
    ),
    field('MaxWaitMs', int32, '0+'),
    field('MinBytes', int32, '0+'),
    field('MaxBytes', int32, '3+', { default: 2147483647, ignorable: true }),
    field('IsolationLevel', int8, '4+', { default: 0, ignorable: true }),
    field('SessionId', int32, '7+', { default: 0, ignorable: true }),
    field('SessionEpoch', int32, '7+', { default: -1, ignorable: true }),
    field(
      'Topics',
      array(
        struct('FetchTopic', [
          field('Topic', string, '0-12', { ignorable: true, entityType: 'topicName' }),
          field('TopicId', uuid, '13+', { ignorable: true }),
          field(
            'Partitions',
            array(
              struct('FetchPartition', [
                field('Partition', int32, '0+'),
                field('CurrentLeaderEpoch', int32, '9+', { default: -1, ignorable: true }),
                field('FetchOffset', int64, '0+'),
                field('LastFetchedEpoch', int32, '12+', { default: -1, ignorable: false }),
                field('LogStartOffset', int64, '5+', { default: -1, ignorable: true }),
                field('PartitionMaxBytes', int32, '0+'),
                field('ReplicaDirectoryId', uuid, '17+', { tag: 0, tagged: '17+', ignorable: true }),
                field('HighWatermark', int64Bits, '18+', { default: 9223372036854775807n, tag: 1, tagged: '18+', ignorable: true }),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field(
      'ForgottenTopicsData',
      array(
        struct('ForgottenTopic', [
          field('Topic', string, '7-12', { ignorable: true, entityType: 'topicName' }),
          field('TopicId', uuid, '13+', { ignorable: true }),
          field('Partitions', array(int32), '7+'),
        ]),
      ),
      '7+',
      { ignorable: false },
    ),
    field('RackId', string, '11+', { default: '', ignorable: true }),
  ],
});
export interface FetchRequest extends Infer<typeof fetchRequest> {}
export type FetchRequestInput = Input<typeof fetchRequest>;

export const fetchResponse = message({
  name: 'FetchResponse',
  kind: 'response',
  apiKey: 1,
  versions: '4-18',
  flexible: '12+',
  fields: [
    field('ThrottleTimeMs', int32, '1+', { ignorable: true }),
    field('ErrorCode', int16, '7+', { ignorable: true }),
    field('SessionId', int32, '7+', { default: 0, ignorable: false }),
    field(
      'Responses',
      array(
        struct('FetchableTopicResponse', [
          field('Topic', string, '0-12', { ignorable: true, entityType: 'topicName' }),
          field('TopicId', uuid, '13+', { ignorable: true }),
          field(
            'Partitions',
            array(
              struct('PartitionData', [
                field('PartitionIndex', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('HighWatermark', int64, '0+'),
                field('LastStableOffset', int64, '4+', { default: -1, ignorable: true }),
                field('LogStartOffset', int64, '5+', { default: -1, ignorable: true }),
                field(
                  'DivergingEpoch',
                  struct('EpochEndOffset', [field('Epoch', int32, '12+', { default: -1 }), field('EndOffset', int64, '12+', { default: -1 })]),
                  '12+',
                  { tag: 0, tagged: '12+' },
                ),
                field(
                  'CurrentLeader',
                  struct('LeaderIdAndEpoch', [
                    field('LeaderId', int32, '12+', { default: -1, entityType: 'brokerId' }),
                    field('LeaderEpoch', int32, '12+', { default: -1 }),
                  ]),
                  '12+',
                  { tag: 1, tagged: '12+' },
                ),
                field(
                  'SnapshotId',
                  struct('SnapshotId', [field('EndOffset', int64, '0+', { default: -1 }), field('Epoch', int32, '0+', { default: -1 })]),
                  '12+',
                  { tag: 2, tagged: '12+' },
                ),
                field(
                  'AbortedTransactions',
                  array(
                    struct('AbortedTransaction', [field('ProducerId', int64, '4+', { entityType: 'producerId' }), field('FirstOffset', int64, '4+')]),
                  ),
                  '4+',
                  { nullable: '4+', ignorable: true },
                ),
                field('PreferredReadReplica', int32, '11+', { default: -1, ignorable: false, entityType: 'brokerId' }),
                field('Records', records, '0+', { nullable: '0+' }),
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
          field('NodeId', int32, '16+', { mapKey: true, entityType: 'brokerId' }),
          field('Host', string, '16+'),
          field('Port', int32, '16+'),
          field('Rack', string, '16+', { nullable: '16+', default: null }),
        ]),
      ),
      '16+',
      { tag: 0, tagged: '16+' },
    ),
  ],
});
export interface FetchResponse extends Infer<typeof fetchResponse> {}
export type FetchResponseInput = Input<typeof fetchResponse>;
