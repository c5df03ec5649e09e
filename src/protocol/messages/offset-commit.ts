/** OffsetCommit (API key 8): a consumer stores the positions of its group with the coordinator. */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const offsetCommitRequest = message({
  name: 'OffsetCommitRequest',
  kind: 'request',
  apiKey: 8,
  listeners: ['broker'],
  versions: '2-10',
  flexible: '8+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('GenerationIdOrMemberEpoch', int32, '1+', { default: -1, ignorable: true }),
    field('MemberId', string, '1+', { ignorable: true }),
    field('GroupInstanceId', string, '7+', { nullable: '7+', default: null }),
    field('RetentionTimeMs', int64, '2-4', { default: -1, ignorable: true }),
    field(
      'Topics',
      array(
        struct('OffsetCommitRequestTopic', [
          field('Name', string, '0-9', { ignorable: true, entityType: 'topicName' }),
          field('TopicId', uuid, '10+', { ignorable: true }),
          field(
            'Partitions',
            array(
              struct('OffsetCommitRequestPartition', [
                field('PartitionIndex', int32, '0+'),
                field('CommittedOffset', int64, '0+'),
                field('CommittedLeaderEpoch', int32, '6+', { default: -1, ignorable: true }),
                field('CommittedMetadata', string, '0+', { nullable: '0+' }),
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
export interface OffsetCommitRequest extends Infer<typeof offsetCommitRequest> {}
export type OffsetCommitRequestInput = Input<typeof offsetCommitRequest>;

export const offsetCommitResponse = message({
  name: 'OffsetCommitResponse',
  kind: 'response',
  apiKey: 8,
  versions: '2-10',
  flexible: '8+',
  fields: [
    field('ThrottleTimeMs', int32, '3+', { ignorable: true }),
    field(
      'Topics',
      array(
        struct('OffsetCommitResponseTopic', [
          field('Name', string, '0-9', { ignorable: true, entityType: 'topicName' }),
          field('TopicId', uuid, '10+', { ignorable: true }),
          field(
            'Partitions',
            array(struct('OffsetCommitResponsePartition', [field('PartitionIndex', int32, '0+'), field('ErrorCode', int16, '0+')])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface OffsetCommitResponse extends Infer<typeof offsetCommitResponse> {}
export type OffsetCommitResponseInput = Input<typeof offsetCommitResponse>;
