/** DeleteShareGroupOffsets (API key 92): an admin deletes the offsets of a share group (KIP-932). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const deleteShareGroupOffsetsRequest = message({
  name: 'DeleteShareGroupOffsetsRequest',
  kind: 'request',
  apiKey: 92,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('Topics', array(struct('DeleteShareGroupOffsetsRequestTopic', [field('TopicName', string, '0+', { entityType: 'topicName' })])), '0+'),
  ],
});
export interface DeleteShareGroupOffsetsRequest extends Infer<typeof deleteShareGroupOffsetsRequest> {}
export type DeleteShareGroupOffsetsRequestInput = Input<typeof deleteShareGroupOffsetsRequest>;

export const deleteShareGroupOffsetsResponse = message({
  name: 'DeleteShareGroupOffsetsResponse',
  kind: 'response',
  apiKey: 92,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
    field(
      'Responses',
      array(
        struct('DeleteShareGroupOffsetsResponseTopic', [
          field('TopicName', string, '0+', { entityType: 'topicName' }),
          field('TopicId', uuid, '0+'),
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DeleteShareGroupOffsetsResponse extends Infer<typeof deleteShareGroupOffsetsResponse> {}
export type DeleteShareGroupOffsetsResponseInput = Input<typeof deleteShareGroupOffsetsResponse>;
