/** DeleteRecords (API key 21): an admin moves the start of partitions' logs forward. */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const deleteRecordsRequest = message({
  name: 'DeleteRecordsRequest',
  kind: 'request',
  apiKey: 21,
  listeners: ['broker'],
  versions: '0-2',
  flexible: '2+',
  fields: [
    field(
      'Topics',
      array(
        struct('DeleteRecordsTopic', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field('Partitions', array(struct('DeleteRecordsPartition', [field('PartitionIndex', int32, '0+'), field('Offset', int64, '0+')])), '0+'),
        ]),
      ),
      '0+',
    ),
    field('TimeoutMs', int32, '0+'),
  ],
});
export interface DeleteRecordsRequest extends Infer<typeof deleteRecordsRequest> {}
export type DeleteRecordsRequestInput = Input<typeof deleteRecordsRequest>;

export const deleteRecordsResponse = message({
  name: 'DeleteRecordsResponse',
  kind: 'response',
  apiKey: 21,
  versions: '0-2',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Topics',
      array(
        struct('DeleteRecordsTopicResult', [
          field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('DeleteRecordsPartitionResult', [
                field('PartitionIndex', int32, '0+', { mapKey: true }),
                field('LowWatermark', int64, '0+'),
                field('ErrorCode', int16, '0+'),
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
export interface DeleteRecordsResponse extends Infer<typeof deleteRecordsResponse> {}
export type DeleteRecordsResponseInput = Input<typeof deleteRecordsResponse>;
