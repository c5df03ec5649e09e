/** EndQuorumEpoch (API key 54): a leader of the metadata quorum resigns (KIP-595). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../schema/schema.ts';

export const endQuorumEpochRequest = message({
  name: 'EndQuorumEpochRequest',
  kind: 'request',
  apiKey: 54,
  listeners: ['controller'],
  versions: '0-1',
  flexible: '1+',
  fields: [
    field('ClusterId', string, '0+', { nullable: '0+', default: null }),
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
                field('LeaderId', int32, '0+', { entityType: 'brokerId' }),
                field('LeaderEpoch', int32, '0+'),
                field('PreferredSuccessors', array(int32), '0', { ignorable: true }),
                field(
                  'PreferredCandidates',
                  array(
                    struct('ReplicaInfo', [field('CandidateId', int32, '1+', { entityType: 'brokerId' }), field('CandidateDirectoryId', uuid, '1+')]),
                  ),
                  '1+',
                  { ignorable: true },
                ),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field(
      'LeaderEndpoints',
      array(struct('LeaderEndpoint', [field('Name', string, '1+', { mapKey: true }), field('Host', string, '1+'), field('Port', uint16, '1+')])),
      '1+',
      { ignorable: true },
    ),
  ],
});
export interface EndQuorumEpochRequest extends Infer<typeof endQuorumEpochRequest> {}
export type EndQuorumEpochRequestInput = Input<typeof endQuorumEpochRequest>;

export const endQuorumEpochResponse = message({
  name: 'EndQuorumEpochResponse',
  kind: 'response',
  apiKey: 54,
  versions: '0-1',
  flexible: '1+',
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
export interface EndQuorumEpochResponse extends Infer<typeof endQuorumEpochResponse> {}
export type EndQuorumEpochResponseInput = Input<typeof endQuorumEpochResponse>;
