/** ShareFetch (API key 78): a member of a share group acquires records, and acknowledges earlier ones on the way (KIP-932). */
import { array, bool, field, type Infer, type Input, int8, int16, int32, int64, message, records, string, struct, uuid } from '../schema/schema.ts';

export const shareFetchRequest = message({
  name: 'ShareFetchRequest',
  kind: 'request',
  apiKey: 78,
  listeners: ['broker'],
  versions: '1-2',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+', { nullable: '0+', default: null, entityType: 'groupId' }),
    field('MemberId', string, '0+', { nullable: '0+' }),
    field('ShareSessionEpoch', int32, '0+'),
    field('MaxWaitMs', int32, '0+'),
    field('MinBytes', int32, '0+'),
    field('MaxBytes', int32, '0+', { default: 2147483647 }),
    field('MaxRecords', int32, '1+'),
    field('BatchSize', int32, '1+'),
    field('ShareAcquireMode', int8, '2+', { default: 0, ignorable: true }),
    field('IsRenewAck', bool, '2+', { default: false }),
    field(
      'Topics',
      array(
        struct('FetchTopic', [
          field('TopicId', uuid, '0+', { mapKey: true }),
          field(
            'Partitions',
            array(
              struct('FetchPartition', [
                field('PartitionIndex', int32, '0+', { mapKey: true }),
                field('PartitionMaxBytes', int32, '0'),
                field(
                  'AcknowledgementBatches',
                  array(
                    struct('AcknowledgementBatch', [
                      field('FirstOffset', int64, '0+'),
                      field('LastOffset', int64, '0+'),
                      field('AcknowledgeTypes', array(int8), '0+'),
                    ]),
                  ),
                  '0+',
                ),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field('ForgottenTopicsData', array(struct('ForgottenTopic', [field('TopicId', uuid, '0+'), field('Partitions', array(int32), '0+')])), '0+'),
  ],
});
export interface ShareFetchRequest extends Infer<typeof shareFetchRequest> {}
export type ShareFetchRequestInput = Input<typeof shareFetchRequest>;

export const shareFetchResponse = message({
  name: 'ShareFetchResponse',
  kind: 'response',
  apiKey: 78,
  versions: '1-2',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
    field('AcquisitionLockTimeoutMs', int32, '1+'),
    field(
      'Responses',
      array(
        struct('ShareFetchableTopicResponse', [
          field('TopicId', uuid, '0+', { mapKey: true }),
          field(
            'Partitions',
            array(
              struct('PartitionData', [
                field('PartitionIndex', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
                field('AcknowledgeErrorCode', int16, '0+'),
                field('AcknowledgeErrorMessage', string, '0+', { nullable: '0+', default: null }),
                field('CurrentLeader', struct('LeaderIdAndEpoch', [field('LeaderId', int32, '0+'), field('LeaderEpoch', int32, '0+')]), '0+'),
                field('Records', records, '0+', { nullable: '0' }),
                field(
                  'AcquiredRecords',
                  array(
                    struct('AcquiredRecords', [
                      field('FirstOffset', int64, '0+'),
                      field('LastOffset', int64, '0+'),
                      field('DeliveryCount', int16, '0+'),
                    ]),
                  ),
                  '0+',
                ),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field(
      'NodeEndpoints',
      array(
        struct('NodeEndpoint', [
          field('NodeId', int32, '0+', { mapKey: true, entityType: 'brokerId' }),
          field('Host', string, '0+'),
          field('Port', int32, '0+'),
          field('Rack', string, '0+', { nullable: '0+', default: null }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ShareFetchResponse extends Infer<typeof shareFetchResponse> {}
export type ShareFetchResponseInput = Input<typeof shareFetchResponse>;
