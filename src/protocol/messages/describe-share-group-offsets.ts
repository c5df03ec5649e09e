/** DescribeShareGroupOffsets (API key 90): an admin asks where share partitions of a group start (KIP-932). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const describeShareGroupOffsetsRequest = message({
  name: 'DescribeShareGroupOffsetsRequest',
  kind: 'request',
  apiKey: 90,
  listeners: ['broker'],
  versions: '0-1',
  flexible: '0+',
  fields: [
    field(
      'Groups',
      array(
        struct('DescribeShareGroupOffsetsRequestGroup', [
          field('GroupId', string, '0+', { entityType: 'groupId' }),
          field(
            'Topics',
            array(
              struct('DescribeShareGroupOffsetsRequestTopic', [
                field('TopicName', string, '0+', { entityType: 'topicName' }),
                field('Partitions', array(int32), '0+'),
              ]),
            ),
            '0+',
            { nullable: '0+' },
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeShareGroupOffsetsRequest extends Infer<typeof describeShareGroupOffsetsRequest> {}
export type DescribeShareGroupOffsetsRequestInput = Input<typeof describeShareGroupOffsetsRequest>;

export const describeShareGroupOffsetsResponse = message({
  name: 'DescribeShareGroupOffsetsResponse',
  kind: 'response',
  apiKey: 90,
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Groups',
      array(
        struct('DescribeShareGroupOffsetsResponseGroup', [
          field('GroupId', string, '0+', { entityType: 'groupId' }),
          field(
            'Topics',
            array(
              struct('DescribeShareGroupOffsetsResponseTopic', [
                field('TopicName', string, '0+', { entityType: 'topicName' }),
                field('TopicId', uuid, '0+'),
                field(
                  'Partitions',
                  array(
                    struct('DescribeShareGroupOffsetsResponsePartition', [
                      field('PartitionIndex', int32, '0+'),
                      field('StartOffset', int64, '0+'),
                      field('LeaderEpoch', int32, '0+'),
                      field('Lag', int64, '1+', { default: -1, literalDefault: true, ignorable: true }),
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
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeShareGroupOffsetsResponse extends Infer<typeof describeShareGroupOffsetsResponse> {}
export type DescribeShareGroupOffsetsResponseInput = Input<typeof describeShareGroupOffsetsResponse>;
