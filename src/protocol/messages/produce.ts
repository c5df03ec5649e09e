/** Produce (API key 0): a producer appends record batches to partitions of which the broker is leader. */
import { array, field, type Infer, type Input, int16, int32, int64, message, records, string, struct, uuid } from '../schema/schema.ts';

export const produceRequest = message({
  name: 'ProduceRequest',
  kind: 'request',
  apiKey: 0,
  listeners: ['broker'],
  versions: '3-13',
  flexible: '9+',
  fields: [
    field('TransactionalId', string, '3+', { nullable: '3+', default: null, entityType: 'transactionalId' }),
    field('Acks', int16, '0+'),
    field('TimeoutMs', int32, '0+'),
    field(
      'TopicData',
      array(
        struct('TopicProduceData', [
          field('Name', string, '0-12', { ignorable: true, mapKey: true, entityType: 'topicName' }),
          field('TopicId', uuid, '13+', { ignorable: true, mapKey: true }),
          field(
            'PartitionData',
            array(struct('PartitionProduceData', [field('Index', int32, '0+'), field('Records', records, '0+', { nullable: '0+' })])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ProduceRequest extends Infer<typeof produceRequest> {}
export type ProduceRequestInput = Input<typeof produceRequest>;

export const produceResponse = message({
  name: 'ProduceResponse',
  kind: 'response',
  apiKey: 0,
  versions: '3-13',
  flexible: '9+',
  fields: [
    field(
      'Responses',
      array(
        struct('TopicProduceResponse', [
          field('Name', string, '0-12', { ignorable: true, mapKey: true, entityType: 'topicName' }),
          field('TopicId', uuid, '13+', { ignorable: true, mapKey: true }),
          field(
            'PartitionResponses',
            array(
              struct('PartitionProduceResponse', [
                field('Index', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('BaseOffset', int64, '0+'),
                field('LogAppendTimeMs', int64, '2+', { default: -1, ignorable: true }),
                field('LogStartOffset', int64, '5+', { default: -1, ignorable: true }),
                field(
                  'RecordErrors',
                  array(
                    struct('BatchIndexAndErrorMessage', [
                      field('BatchIndex', int32, '8+'),
                      field('BatchIndexErrorMessage', string, '8+', { nullable: '8+', default: null }),
                    ]),
                  ),
                  '8+',
                  { ignorable: true },
                ),
                field('ErrorMessage', string, '8+', { nullable: '8+', default: null, ignorable: true }),
                field(
                  'CurrentLeader',
                  struct('LeaderIdAndEpoch', [
                    field('LeaderId', int32, '10+', { default: -1, entityType: 'brokerId' }),
                    field('LeaderEpoch', int32, '10+', { default: -1 }),
                  ]),
                  '10+',
                  { tag: 0, tagged: '10+' },
                ),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field('ThrottleTimeMs', int32, '1+', { default: 0, ignorable: true }),
    field(
      'NodeEndpoints',
      array(
        struct('NodeEndpoint', [
          field('NodeId', int32, '10+', { mapKey: true, entityType: 'brokerId' }),
          field('Host', string, '10+'),
          field('Port', int32, '10+'),
          field('Rack', string, '10+', { nullable: '10+', default: null }),
        ]),
      ),
      '10+',
      { tag: 0, tagged: '10+' },
    ),
  ],
});
export interface ProduceResponse extends Infer<typeof produceResponse> {}
export type ProduceResponseInput = Input<typeof produceResponse>;
