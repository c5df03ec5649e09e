/** ElectLeaders (API key 43): an admin asks for preferred or unclean elections (KIP-460). */
import { array, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const electLeadersRequest = message({
  name: 'ElectLeadersRequest',
  kind: 'request',
  apiKey: 43,
  listeners: ['broker', 'controller'],
  versions: '0-2',
  flexible: '2+',
  fields: [
    field('ElectionType', int8, '1+'),
    field(
      'TopicPartitions',
      array(
        struct('TopicPartitions', [field('Topic', string, '0+', { mapKey: true, entityType: 'topicName' }), field('Partitions', array(int32), '0+')]),
      ),
      '0+',
      { nullable: '0+' },
    ),
    field('TimeoutMs', int32, '0+', { default: 60000 }),
  ],
});
export interface ElectLeadersRequest extends Infer<typeof electLeadersRequest> {}
export type ElectLeadersRequestInput = Input<typeof electLeadersRequest>;

export const electLeadersResponse = message({
  name: 'ElectLeadersResponse',
  kind: 'response',
  apiKey: 43,
  versions: '0-2',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '1+', { ignorable: false }),
    field(
      'ReplicaElectionResults',
      array(
        struct('ReplicaElectionResult', [
          field('Topic', string, '0+', { entityType: 'topicName' }),
          field(
            'PartitionResult',
            array(
              struct('PartitionResult', [
                field('PartitionId', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('ErrorMessage', string, '0+', { nullable: '0+' }),
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
export interface ElectLeadersResponse extends Infer<typeof electLeadersResponse> {}
export type ElectLeadersResponseInput = Input<typeof electLeadersResponse>;
