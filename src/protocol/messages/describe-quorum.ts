/** DescribeQuorum (API key 55): an admin looks at the metadata quorum: leader, voters, how far each is (KIP-595). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct, uint16, uuid } from '../schema/schema.ts';

export const describeQuorumRequest = message({
  name: 'DescribeQuorumRequest',
  kind: 'request',
  apiKey: 55,
  listeners: ['broker', 'controller'],
  versions: '0-2',
  flexible: '0+',
  latestVersionUnstable: false,
  fields: [
    field(
      'Topics',
      array(
        struct('TopicData', [
          field('TopicName', string, '0+', { entityType: 'topicName' }),
          field('Partitions', array(struct('PartitionData', [field('PartitionIndex', int32, '0+')])), '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeQuorumRequest extends Infer<typeof describeQuorumRequest> {}
export type DescribeQuorumRequestInput = Input<typeof describeQuorumRequest>;

const replicaStateStruct = struct('ReplicaState', [
  field('ReplicaId', int32, '0+', { entityType: 'brokerId' }),
  field('ReplicaDirectoryId', uuid, '2+'),
  field('LogEndOffset', int64, '0+'),
  field('LastFetchTimestamp', int64, '1+', { default: -1, literalDefault: true, ignorable: true }),
  field('LastCaughtUpTimestamp', int64, '1+', { default: -1, literalDefault: true, ignorable: true }),
]);

export const describeQuorumResponse = message({
  name: 'DescribeQuorumResponse',
  kind: 'response',
  apiKey: 55,
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '2+', { nullable: '2+', ignorable: true }),
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
                field('ErrorMessage', string, '2+', { nullable: '2+', ignorable: true }),
                field('LeaderId', int32, '0+', { entityType: 'brokerId' }),
                field('LeaderEpoch', int32, '0+'),
                field('HighWatermark', int64, '0+'),
                field('CurrentVoters', array(replicaStateStruct), '0+'),
                field('Observers', array(replicaStateStruct), '0+'),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field(
      'Nodes',
      array(
        struct('Node', [
          field('NodeId', int32, '2+', { mapKey: true, entityType: 'brokerId' }),
          field(
            'Listeners',
            array(struct('Listener', [field('Name', string, '2+', { mapKey: true }), field('Host', string, '2+'), field('Port', uint16, '2+')])),
            '2+',
          ),
        ]),
      ),
      '2+',
    ),
  ],
});
export interface DescribeQuorumResponse extends Infer<typeof describeQuorumResponse> {}
export type DescribeQuorumResponseInput = Input<typeof describeQuorumResponse>;
