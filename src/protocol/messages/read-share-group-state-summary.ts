/** ReadShareGroupStateSummary (API key 87): a group coordinator reads where share partitions start (KIP-932). */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const readShareGroupStateSummaryRequest = message({
  name: 'ReadShareGroupStateSummaryRequest',
  kind: 'request',
  apiKey: 87,
  listeners: ['broker'],
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+'),
    field(
      'Topics',
      array(
        struct('ReadStateSummaryData', [
          field('TopicId', uuid, '0+'),
          field('Partitions', array(struct('PartitionData', [field('Partition', int32, '0+'), field('LeaderEpoch', int32, '0+')])), '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ReadShareGroupStateSummaryRequest extends Infer<typeof readShareGroupStateSummaryRequest> {}
export type ReadShareGroupStateSummaryRequestInput = Input<typeof readShareGroupStateSummaryRequest>;

export const readShareGroupStateSummaryResponse = message({
  name: 'ReadShareGroupStateSummaryResponse',
  kind: 'response',
  apiKey: 87,
  versions: '0-1',
  flexible: '0+',
  fields: [
    field(
      'Results',
      array(
        struct('ReadStateSummaryResult', [
          field('TopicId', uuid, '0+'),
          field(
            'Partitions',
            array(
              struct('PartitionResult', [
                field('Partition', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
                field('StateEpoch', int32, '0+'),
                field('LeaderEpoch', int32, '0+'),
                field('StartOffset', int64, '0+'),
                field('DeliveryCompleteCount', int32, '1+', { default: -1, ignorable: true }),
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
export interface ReadShareGroupStateSummaryResponse extends Infer<typeof readShareGroupStateSummaryResponse> {}
export type ReadShareGroupStateSummaryResponseInput = Input<typeof readShareGroupStateSummaryResponse>;
