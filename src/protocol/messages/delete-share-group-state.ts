/** DeleteShareGroupState (API key 86): a group coordinator deletes the stored state of share partitions (KIP-932). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const deleteShareGroupStateRequest = message({
  name: 'DeleteShareGroupStateRequest',
  kind: 'request',
  apiKey: 86,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+'),
    field(
      'Topics',
      array(
        struct('DeleteStateData', [
          field('TopicId', uuid, '0+'),
          field('Partitions', array(struct('PartitionData', [field('Partition', int32, '0+')])), '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DeleteShareGroupStateRequest extends Infer<typeof deleteShareGroupStateRequest> {}
export type DeleteShareGroupStateRequestInput = Input<typeof deleteShareGroupStateRequest>;

export const deleteShareGroupStateResponse = message({
  name: 'DeleteShareGroupStateResponse',
  kind: 'response',
  apiKey: 86,
  versions: '0',
  flexible: '0+',
  fields: [
    field(
      'Results',
      array(
        struct('DeleteStateResult', [
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
export interface DeleteShareGroupStateResponse extends Infer<typeof deleteShareGroupStateResponse> {}
export type DeleteShareGroupStateResponseInput = Input<typeof deleteShareGroupStateResponse>;
