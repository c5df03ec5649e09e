/** OffsetForLeaderEpoch (API key 23): a follower or consumer asks where a leader epoch ends, to find where logs diverge (KIP-101, KIP-320). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const offsetForLeaderEpochRequest = message({
  name: 'OffsetForLeaderEpochRequest',
  kind: 'request',
  apiKey: 23,
  listeners: ['broker'],
  versions: '2-4',
  flexible: '4+',
  fields: [
    field('ReplicaId', int32, '3+', { default: -2, literalDefault: true, ignorable: true, entityType: 'brokerId' }),
    field(
      'Topics',
      array(
        struct('OffsetForLeaderTopic', [
          field('Topic', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('OffsetForLeaderPartition', [
                field('Partition', int32, '0+'),
                field('CurrentLeaderEpoch', int32, '2+', { default: -1, ignorable: true }),
                field('LeaderEpoch', int32, '0+'),
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
export interface OffsetForLeaderEpochRequest extends Infer<typeof offsetForLeaderEpochRequest> {}
export type OffsetForLeaderEpochRequestInput = Input<typeof offsetForLeaderEpochRequest>;

export const offsetForLeaderEpochResponse = message({
  name: 'OffsetForLeaderEpochResponse',
  kind: 'response',
  apiKey: 23,
  versions: '2-4',
  flexible: '4+',
  fields: [
    field('ThrottleTimeMs', int32, '2+', { ignorable: true }),
    field(
      'Topics',
      array(
        struct('OffsetForLeaderTopicResult', [
          field('Topic', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('EpochEndOffset', [
                field('ErrorCode', int16, '0+'),
                field('Partition', int32, '0+'),
                field('LeaderEpoch', int32, '1+', { default: -1, ignorable: true }),
                field('EndOffset', int64, '0+', { default: -1 }),
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
export interface OffsetForLeaderEpochResponse extends Infer<typeof offsetForLeaderEpochResponse> {}
export type OffsetForLeaderEpochResponseInput = Input<typeof offsetForLeaderEpochResponse>;
