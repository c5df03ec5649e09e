/** OffsetDelete (API key 47): an admin deletes committed offsets of a group (KIP-496). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const offsetDeleteRequest = message({
  name: 'OffsetDeleteRequest',
  kind: 'request',
  apiKey: 47,
  listeners: ['broker'],
  versions: '0',
  flexible: 'none',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field(
      'Topics',
      array(
        struct('OffsetDeleteRequestTopic', [
          field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field('Partitions', array(struct('OffsetDeleteRequestPartition', [field('PartitionIndex', int32, '0+')])), '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface OffsetDeleteRequest extends Infer<typeof offsetDeleteRequest> {}
export type OffsetDeleteRequestInput = Input<typeof offsetDeleteRequest>;

export const offsetDeleteResponse = message({
  name: 'OffsetDeleteResponse',
  kind: 'response',
  apiKey: 47,
  versions: '0',
  flexible: 'none',
  fields: [
    field('ErrorCode', int16, '0+'),
    field('ThrottleTimeMs', int32, '0+', { ignorable: true }),
    field(
      'Topics',
      array(
        struct('OffsetDeleteResponseTopic', [
          field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field(
            'Partitions',
            array(struct('OffsetDeleteResponsePartition', [field('PartitionIndex', int32, '0+', { mapKey: true }), field('ErrorCode', int16, '0+')])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface OffsetDeleteResponse extends Infer<typeof offsetDeleteResponse> {}
export type OffsetDeleteResponseInput = Input<typeof offsetDeleteResponse>;
