/** InitializeShareGroupState (API key 83): a group coordinator starts the stored state of share partitions (KIP-932). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const initializeShareGroupStateRequest = message({
  name: 'InitializeShareGroupStateRequest',
  kind: 'request',
  apiKey: 83,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+'),
    field(
      'Topics',
      array(
        struct('InitializeStateData', [
          field('TopicId', uuid, '0+'),
          field(
            'Partitions',
            array(struct('PartitionData', [field('Partition', int32, '0+'), field('StateEpoch', int32, '0+'), field('StartOffset', int64, '0+')])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface InitializeShareGroupStateRequest extends Infer<typeof initializeShareGroupStateRequest> {}
export type InitializeShareGroupStateRequestInput = Input<typeof initializeShareGroupStateRequest>;

export const initializeShareGroupStateResponse = message({
  name: 'InitializeShareGroupStateResponse',
  kind: 'response',
  apiKey: 83,
  versions: '0',
  flexible: '0+',
  fields: [
    field(
      'Results',
      array(
        struct('InitializeStateResult', [
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
export interface InitializeShareGroupStateResponse extends Infer<typeof initializeShareGroupStateResponse> {}
export type InitializeShareGroupStateResponseInput = Input<typeof initializeShareGroupStateResponse>;
