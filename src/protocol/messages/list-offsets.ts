/** ListOffsets (API key 2): a client asks a leader for the offset at a timestamp, or for one of the special positions (earliest, latest, ...). */
import { array, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const listOffsetsRequest = message({
  name: 'ListOffsetsRequest',
  kind: 'request',
  apiKey: 2,
  listeners: ['broker'],
  versions: '1-11',
  flexible: '6+',
  latestVersionUnstable: false,
  fields: [
    field('ReplicaId', int32, '0+', { entityType: 'brokerId' }),
    field('IsolationLevel', int8, '2+'),
    field(
      'Topics',
      array(
        struct('ListOffsetsTopic', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('ListOffsetsPartition', [
                field('PartitionIndex', int32, '0+'),
                field('CurrentLeaderEpoch', int32, '4+', { default: -1, ignorable: true }),
                field('Timestamp', int64, '0+'),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field('TimeoutMs', int32, '10+', { ignorable: true }),
  ],
});
export interface ListOffsetsRequest extends Infer<typeof listOffsetsRequest> {}
export type ListOffsetsRequestInput = Input<typeof listOffsetsRequest>;

export const listOffsetsResponse = message({
  name: 'ListOffsetsResponse',
  kind: 'response',
  apiKey: 2,
  versions: '1-11',
  flexible: '6+',
  fields: [
    field('ThrottleTimeMs', int32, '2+', { ignorable: true }),
    field(
      'Topics',
      array(
        struct('ListOffsetsTopicResponse', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('ListOffsetsPartitionResponse', [
                field('PartitionIndex', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('Timestamp', int64, '1+', { default: -1, ignorable: false }),
                field('Offset', int64, '1+', { default: -1, ignorable: false }),
                field('LeaderEpoch', int32, '4+', { default: -1 }),
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
export interface ListOffsetsResponse extends Infer<typeof listOffsetsResponse> {}
export type ListOffsetsResponseInput = Input<typeof listOffsetsResponse>;
