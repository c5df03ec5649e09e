/** BeginQuorumEpoch (API key 53): a new leader of the metadata quorum tells the voters (KIP-595). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../schema/schema.ts';

export const beginQuorumEpochRequest = message({
  name: 'BeginQuorumEpochRequest',
  kind: 'request',
  apiKey: 53,
  listeners: ['controller'],
  versions: '0-1',
  flexible: '1+',
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
                field('VoterDirectoryId', uuid, '1+', { ignorable: true }),
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
      'LeaderEndpoints',
      array(struct('LeaderEndpoint', [field('Name', string, '1+', { mapKey: true }), field('Host', string, '1+'), field('Port', uint16, '1+')])),
      '1+',
      { ignorable: true },
    ),
  ],
});
export interface BeginQuorumEpochRequest extends Infer<typeof beginQuorumEpochRequest> {}
export type BeginQuorumEpochRequestInput = Input<typeof beginQuorumEpochRequest>;

export const beginQuorumEpochResponse = message({
  name: 'BeginQuorumEpochResponse',
  kind: 'response',
  apiKey: 53,
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
export interface BeginQuorumEpochResponse extends Infer<typeof beginQuorumEpochResponse> {}
export type BeginQuorumEpochResponseInput = Input<typeof beginQuorumEpochResponse>;
