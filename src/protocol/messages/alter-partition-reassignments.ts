/** AlterPartitionReassignments (API key 45): an admin moves replicas to other brokers (KIP-455). */
import { array, bool, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const alterPartitionReassignmentsRequest = message({
  name: 'AlterPartitionReassignmentsRequest',
  kind: 'request',
  apiKey: 45,
  listeners: ['broker', 'controller'],
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('TimeoutMs', int32, '0+', { default: 60000 }),
    field('AllowReplicationFactorChange', bool, '1+', { default: true }),
    field(
      'Topics',
      array(
        struct('ReassignableTopic', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('ReassignablePartition', [
                field('PartitionIndex', int32, '0+'),
                field('Replicas', array(int32), '0+', { nullable: '0+', default: null, entityType: 'brokerId' }),
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
export interface AlterPartitionReassignmentsRequest extends Infer<typeof alterPartitionReassignmentsRequest> {}
export type AlterPartitionReassignmentsRequestInput = Input<typeof alterPartitionReassignmentsRequest>;

export const alterPartitionReassignmentsResponse = message({
  name: 'AlterPartitionReassignmentsResponse',
  kind: 'response',
  apiKey: 45,
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('AllowReplicationFactorChange', bool, '1+', { default: true, ignorable: true }),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+' }),
    field(
      'Responses',
      array(
        struct('ReassignableTopicResponse', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('ReassignablePartitionResponse', [
                field('PartitionIndex', int32, '0+'),
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
export interface AlterPartitionReassignmentsResponse extends Infer<typeof alterPartitionReassignmentsResponse> {}
export type AlterPartitionReassignmentsResponseInput = Input<typeof alterPartitionReassignmentsResponse>;
