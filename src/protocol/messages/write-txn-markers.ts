/** WriteTxnMarkers (API key 27): a transaction coordinator has leaders write the end of a transaction into their logs. */
import { array, bool, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const writeTxnMarkersRequest = message({
  name: 'WriteTxnMarkersRequest',
  kind: 'request',
  apiKey: 27,
  listeners: ['broker'],
  versions: '1-2',
  flexible: '1+',
  fields: [
    field(
      'Markers',
      array(
        struct('WritableTxnMarker', [
          field('ProducerId', int64, '0+', { entityType: 'producerId' }),
          field('ProducerEpoch', int16, '0+'),
          field('TransactionResult', bool, '0+'),
          field(
            'Topics',
            array(
              struct('WritableTxnMarkerTopic', [
                field('Name', string, '0+', { entityType: 'topicName' }),
                field('PartitionIndexes', array(int32), '0+'),
              ]),
            ),
            '0+',
          ),
          field('CoordinatorEpoch', int32, '0+'),
          field('TransactionVersion', int8, '2+', { default: 0, ignorable: true }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface WriteTxnMarkersRequest extends Infer<typeof writeTxnMarkersRequest> {}
export type WriteTxnMarkersRequestInput = Input<typeof writeTxnMarkersRequest>;

export const writeTxnMarkersResponse = message({
  name: 'WriteTxnMarkersResponse',
  kind: 'response',
  apiKey: 27,
  versions: '1-2',
  flexible: '1+',
  fields: [
    field(
      'Markers',
      array(
        struct('WritableTxnMarkerResult', [
          field('ProducerId', int64, '0+', { entityType: 'producerId' }),
          field(
            'Topics',
            array(
              struct('WritableTxnMarkerTopicResult', [
                field('Name', string, '0+', { entityType: 'topicName' }),
                field(
                  'Partitions',
                  array(struct('WritableTxnMarkerPartitionResult', [field('PartitionIndex', int32, '0+'), field('ErrorCode', int16, '0+')])),
                  '0+',
                ),
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
export interface WriteTxnMarkersResponse extends Infer<typeof writeTxnMarkersResponse> {}
export type WriteTxnMarkersResponseInput = Input<typeof writeTxnMarkersResponse>;
