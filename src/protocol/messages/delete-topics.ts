/** DeleteTopics (API key 20): an admin deletes topics by name or id. */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const deleteTopicsRequest = message({
  name: 'DeleteTopicsRequest',
  kind: 'request',
  apiKey: 20,
  listeners: ['broker', 'controller'],
  versions: '1-6',
  flexible: '4+',
  fields: [
    field(
      'Topics',
      array(
        struct('DeleteTopicState', [
          field('Name', string, '6+', { nullable: '6+', default: null, entityType: 'topicName' }),
          field('TopicId', uuid, '6+'),
        ]),
      ),
      '6+',
    ),
    field('TopicNames', array(string), '0-5', { ignorable: true, entityType: 'topicName' }),
    field('TimeoutMs', int32, '0+'),
  ],
});
export interface DeleteTopicsRequest extends Infer<typeof deleteTopicsRequest> {}
export type DeleteTopicsRequestInput = Input<typeof deleteTopicsRequest>;

export const deleteTopicsResponse = message({
  name: 'DeleteTopicsResponse',
  kind: 'response',
  apiKey: 20,
  versions: '1-6',
  flexible: '4+',
  fields: [
    field('ThrottleTimeMs', int32, '1+', { ignorable: true }),
    field(
      'Responses',
      array(
        struct('DeletableTopicResult', [
          field('Name', string, '0+', { nullable: '6+', mapKey: true, entityType: 'topicName' }),
          field('TopicId', uuid, '6+', { ignorable: true }),
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '5+', { nullable: '5+', default: null, ignorable: true }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DeleteTopicsResponse extends Infer<typeof deleteTopicsResponse> {}
export type DeleteTopicsResponseInput = Input<typeof deleteTopicsResponse>;
