/** DescribeLogDirs (API key 35): an admin asks a broker what lies in its log directories. */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const describeLogDirsRequest = message({
  name: 'DescribeLogDirsRequest',
  kind: 'request',
  apiKey: 35,
  listeners: ['broker'],
  versions: '1-5',
  flexible: '2+',
  fields: [
    field(
      'Topics',
      array(
        struct('DescribableLogDirTopic', [
          field('Topic', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field('Partitions', array(int32), '0+'),
        ]),
      ),
      '0+',
      { nullable: '0+' },
    ),
  ],
});
export interface DescribeLogDirsRequest extends Infer<typeof describeLogDirsRequest> {}
export type DescribeLogDirsRequestInput = Input<typeof describeLogDirsRequest>;

export const describeLogDirsResponse = message({
  name: 'DescribeLogDirsResponse',
  kind: 'response',
  apiKey: 35,
  versions: '1-5',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '3+', { ignorable: true }),
    field(
      'Results',
      array(
        struct('DescribeLogDirsResult', [
          field('ErrorCode', int16, '0+'),
          field('LogDir', string, '0+'),
          field(
            'Topics',
            array(
              struct('DescribeLogDirsTopic', [
                field('Name', string, '0+', { entityType: 'topicName' }),
                field(
                  'Partitions',
                  array(
                    struct('DescribeLogDirsPartition', [
                      field('PartitionIndex', int32, '0+'),
                      field('PartitionSize', int64, '0+'),
                      field('OffsetLag', int64, '0+'),
                      field('IsFutureKey', bool, '0+'),
                    ]),
                  ),
                  '0+',
                ),
              ]),
            ),
            '0+',
          ),
          field('TotalBytes', int64, '4+', { default: -1, ignorable: true }),
          field('UsableBytes', int64, '4+', { default: -1, ignorable: true }),
          field('IsCordoned', bool, '5+', { default: false, literalDefault: true, ignorable: true }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeLogDirsResponse extends Infer<typeof describeLogDirsResponse> {}
export type DescribeLogDirsResponseInput = Input<typeof describeLogDirsResponse>;
