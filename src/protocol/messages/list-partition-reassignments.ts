/** ListPartitionReassignments (API key 46): an admin lists the moves that are under way (KIP-455). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const listPartitionReassignmentsRequest = message({
  name: 'ListPartitionReassignmentsRequest',
  kind: 'request',
  apiKey: 46,
  listeners: ['broker', 'controller'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('TimeoutMs', int32, '0+', { default: 60000 }),
    field(
      'Topics',
      array(
        struct('ListPartitionReassignmentsTopics', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field('PartitionIndexes', array(int32), '0+'),
        ]),
      ),
      '0+',
      { nullable: '0+', default: null },
    ),
  ],
});
export interface ListPartitionReassignmentsRequest extends Infer<typeof listPartitionReassignmentsRequest> {}
export type ListPartitionReassignmentsRequestInput = Input<typeof listPartitionReassignmentsRequest>;

export const listPartitionReassignmentsResponse = message({
  name: 'ListPartitionReassignmentsResponse',
  kind: 'response',
  apiKey: 46,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+' }),
    field(
      'Topics',
      array(
        struct('OngoingTopicReassignment', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('OngoingPartitionReassignment', [
                field('PartitionIndex', int32, '0+'),
                field('Replicas', array(int32), '0+', { entityType: 'brokerId' }),
                field('AddingReplicas', array(int32), '0+', { entityType: 'brokerId' }),
                field('RemovingReplicas', array(int32), '0+', { entityType: 'brokerId' }),
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
export interface ListPartitionReassignmentsResponse extends Infer<typeof listPartitionReassignmentsResponse> {}
export type ListPartitionReassignmentsResponseInput = Input<typeof listPartitionReassignmentsResponse>;
