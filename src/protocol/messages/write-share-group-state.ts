/** WriteShareGroupState (API key 85): a leader stores the state of share partitions (KIP-932). */
import { array, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const writeShareGroupStateRequest = message({
  name: 'WriteShareGroupStateRequest',
  kind: 'request',
  apiKey: 85,
  listeners: ['broker'],
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+'),
    field(
      'Topics',
      array(
        struct('WriteStateData', [
          field('TopicId', uuid, '0+'),
          field(
            'Partitions',
            array(
              struct('PartitionData', [
                field('Partition', int32, '0+'),
                field('StateEpoch', int32, '0+'),
                field('LeaderEpoch', int32, '0+'),
                field('StartOffset', int64, '0+'),
                field('DeliveryCompleteCount', int32, '1+', { default: -1, ignorable: true }),
                field(
                  'StateBatches',
                  array(
                    struct('StateBatch', [
                      field('FirstOffset', int64, '0+'),
                      field('LastOffset', int64, '0+'),
                      field('DeliveryState', int8, '0+'),
                      field('DeliveryCount', int16, '0+'),
                    ]),
                  ),
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
export interface WriteShareGroupStateRequest extends Infer<typeof writeShareGroupStateRequest> {}
export type WriteShareGroupStateRequestInput = Input<typeof writeShareGroupStateRequest>;

export const writeShareGroupStateResponse = message({
  name: 'WriteShareGroupStateResponse',
  kind: 'response',
  apiKey: 85,
  versions: '0-1',
  flexible: '0+',
  fields: [
    field(
      'Results',
      array(
        struct('WriteStateResult', [
          field('TopicId', uuid, '0+'),
          field(
            'Partitions',
            array(
              struct('PartitionResult', [
                field('Partition', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
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
export interface WriteShareGroupStateResponse extends Infer<typeof writeShareGroupStateResponse> {}
export type WriteShareGroupStateResponseInput = Input<typeof writeShareGroupStateResponse>;
