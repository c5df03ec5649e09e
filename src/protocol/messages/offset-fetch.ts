/** OffsetFetch (API key 9): a consumer reads the positions its group has committed. */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const offsetFetchRequest = message({
  name: 'OffsetFetchRequest',
  kind: 'request',
  apiKey: 9,
  listeners: ['broker'],
  versions: '1-10',
  flexible: '6+',
  fields: [
    field('GroupId', string, '0-7', { entityType: 'groupId' }),
    field(
      'Topics',
      array(
        struct('OffsetFetchRequestTopic', [
          field('Name', string, '0-7', { entityType: 'topicName' }),
          field('PartitionIndexes', array(int32), '0-7'),
        ]),
      ),
      '0-7',
      { nullable: '2-7' },
    ),
    field(
      'Groups',
      array(
        struct('OffsetFetchRequestGroup', [
          field('GroupId', string, '8+', { entityType: 'groupId' }),
          field('MemberId', string, '9+', { nullable: '9+', default: null, ignorable: true }),
          field('MemberEpoch', int32, '9+', { default: -1, ignorable: true }),
          field(
            'Topics',
            array(
              struct('OffsetFetchRequestTopics', [
                field('Name', string, '8-9', { ignorable: true, entityType: 'topicName' }),
                field('TopicId', uuid, '10+', { ignorable: true }),
                field('PartitionIndexes', array(int32), '8+'),
              ]),
            ),
            '8+',
            { nullable: '8+' },
          ),
        ]),
      ),
      '8+',
    ),
    field('RequireStable', bool, '7+', { default: false }),
  ],
});
export interface OffsetFetchRequest extends Infer<typeof offsetFetchRequest> {}
export type OffsetFetchRequestInput = Input<typeof offsetFetchRequest>;

export const offsetFetchResponse = message({
  name: 'OffsetFetchResponse',
  kind: 'response',
  apiKey: 9,
  versions: '1-10',
  flexible: '6+',
  fields: [
    field('ThrottleTimeMs', int32, '3+', { ignorable: true }),
    field(
      'Topics',
      array(
        struct('OffsetFetchResponseTopic', [
          field('Name', string, '0-7', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('OffsetFetchResponsePartition', [
                field('PartitionIndex', int32, '0-7'),
                field('CommittedOffset', int64, '0-7'),
                field('CommittedLeaderEpoch', int32, '5-7', { default: -1, ignorable: true }),
                field('Metadata', string, '0-7', { nullable: '0-7' }),
                field('ErrorCode', int16, '0-7'),
              ]),
            ),
            '0-7',
          ),
        ]),
      ),
      '0-7',
    ),
    field('ErrorCode', int16, '2-7', { default: 0, ignorable: true }),
    field(
      'Groups',
      array(
        struct('OffsetFetchResponseGroup', [
          field('GroupId', string, '8+', { entityType: 'groupId' }),
          field(
            'Topics',
            array(
              struct('OffsetFetchResponseTopics', [
                field('Name', string, '8-9', { ignorable: true, entityType: 'topicName' }),
                field('TopicId', uuid, '10+', { ignorable: true }),
                field(
                  'Partitions',
                  array(
                    struct('OffsetFetchResponsePartitions', [
                      field('PartitionIndex', int32, '8+'),
                      field('CommittedOffset', int64, '8+'),
                      field('CommittedLeaderEpoch', int32, '8+', { default: -1, ignorable: true }),
                      field('Metadata', string, '8+', { nullable: '8+' }),
                      field('ErrorCode', int16, '8+'),
                    ]),
                  ),
                  '8+',
                ),
              ]),
            ),
            '8+',
          ),
          field('ErrorCode', int16, '8+', { default: 0 }),
        ]),
      ),
      '8+',
    ),
  ],
});
export interface OffsetFetchResponse extends Infer<typeof offsetFetchResponse> {}
export type OffsetFetchResponseInput = Input<typeof offsetFetchResponse>;
