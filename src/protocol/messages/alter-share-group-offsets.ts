/** AlterShareGroupOffsets (API key 91): an admin resets where share partitions of a group start (KIP-932). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const alterShareGroupOffsetsRequest = message({
  name: 'AlterShareGroupOffsetsRequest',
  kind: 'request',
  apiKey: 91,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field(
      'Topics',
      array(
        struct('AlterShareGroupOffsetsRequestTopic', [
          field('TopicName', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field(
            'Partitions',
            array(struct('AlterShareGroupOffsetsRequestPartition', [field('PartitionIndex', int32, '0+'), field('StartOffset', int64, '0+')])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface AlterShareGroupOffsetsRequest extends Infer<typeof alterShareGroupOffsetsRequest> {}
export type AlterShareGroupOffsetsRequestInput = Input<typeof alterShareGroupOffsetsRequest>;

export const alterShareGroupOffsetsResponse = message({
  name: 'AlterShareGroupOffsetsResponse',
  kind: 'response',
  apiKey: 91,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
    field(
      'Responses',
      array(
        struct('AlterShareGroupOffsetsResponseTopic', [
          field('TopicName', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field('TopicId', uuid, '0+'),
          field(
            'Partitions',
            array(
              struct('AlterShareGroupOffsetsResponsePartition', [
                field('PartitionIndex', int32, '0+'),
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
export interface AlterShareGroupOffsetsResponse extends Infer<typeof alterShareGroupOffsetsResponse> {}
export type AlterShareGroupOffsetsResponseInput = Input<typeof alterShareGroupOffsetsResponse>;
