/** Vote (API key 52): a candidate, or one that would be, asks a voter of the metadata quorum for its vote (KIP-595, KIP-996). */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, string, struct, uint16, uuid } from '../schema/schema.ts';

export const voteRequest = message({
  name: 'VoteRequest',
  kind: 'request',
  apiKey: 52,
  listeners: ['controller'],
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('ClusterId', string, '0+', { nullable: '0+', default: null }),
    field('VoterId', int32, '1+', { default: -1, ignorable: true, entityType: 'brokerId' }),
    field(
      'Topics',
      array(
        struct('TopicData', [
          field('TopicName', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('PartitionData', [
                field('PartitionIndex', int32, '0+'),
                field('ReplicaEpoch', int32, '0+'),
                field('ReplicaId', int32, '0+', { entityType: 'brokerId' }),
                field('ReplicaDirectoryId', uuid, '1+', { ignorable: true }),
                field('VoterDirectoryId', uuid, '1+', { ignorable: true }),
                field('LastOffsetEpoch', int32, '0+'),
                field('LastOffset', int64, '0+'),
                field('PreVote', bool, '2+'),
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
export interface VoteRequest extends Infer<typeof voteRequest> {}
export type VoteRequestInput = Input<typeof voteRequest>;

export const voteResponse = message({
  name: 'VoteResponse',
  kind: 'response',
  apiKey: 52,
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('ErrorCode', int16, '0+'),
    field(
      'Topics',
      array(
        struct('TopicData', [
          field('TopicName', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('PartitionData', [
                field('PartitionIndex', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('LeaderId', int32, '0+', { entityType: 'brokerId' }),
                field('LeaderEpoch', int32, '0+'),
                field('VoteGranted', bool, '0+'),
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
export interface VoteResponse extends Infer<typeof voteResponse> {}
export type VoteResponseInput = Input<typeof voteResponse>;
