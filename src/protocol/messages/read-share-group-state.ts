/** ReadShareGroupState (API key 84): a leader reads the stored state of share partitions (KIP-932). */
import { array, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const readShareGroupStateRequest = message({
  name: 'ReadShareGroupStateRequest',
  kind: 'request',
  apiKey: 84,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+'),
    field(
      'Topics',
      array(
        struct('ReadStateData', [
          field('TopicId', uuid, '0+'),
          field('Partitions', array(struct('PartitionData', [field('Partition', int32, '0+'), field('LeaderEpoch', int32, '0+')])), '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ReadShareGroupStateRequest extends Infer<typeof readShareGroupStateRequest> {}
export type ReadShareGroupStateRequestInput = Input<typeof readShareGroupStateRequest>;

export const readShareGroupStateResponse = message({
  name: 'ReadShareGroupStateResponse',
  kind: 'response',
  apiKey: 84,
  versions: '0',
  flexible: '0+',
  fields: [
    field(
      'Results',
      array(
        struct('ReadStateResult', [
          field('TopicId', uuid, '0+'),
          field(
            'Partitions',
            array(
              struct('PartitionResult', [
                field('Partition', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
                field('StateEpoch', int32, '0+'),
                field('StartOffset', int64, '0+'),
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
export interface ReadShareGroupStateResponse extends Infer<typeof readShareGroupStateResponse> {}
export type ReadShareGroupStateResponseInput = Input<typeof readShareGroupStateResponse>;
