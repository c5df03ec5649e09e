/** ShareAcknowledge (API key 79): a member of a share group accepts, releases or rejects records (KIP-932). */
import { array, bool, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct, uuid } from '../schema/schema.ts';

export const shareAcknowledgeRequest = message({
  name: 'ShareAcknowledgeRequest',
  kind: 'request',
  apiKey: 79,
  listeners: ['broker'],
  versions: '1-2',
  flexible: '0+',
  fields: [
    field('GroupId', string, '0+', { nullable: '0+', default: null, entityType: 'groupId' }),
    field('MemberId', string, '0+', { nullable: '0+' }),
    field('ShareSessionEpoch', int32, '0+'),
    field('IsRenewAck', bool, '2+', { default: false }),
    field(
      'Topics',
      array(
        struct('AcknowledgeTopic', [
          field('TopicId', uuid, '0+', { mapKey: true }),
          field(
            'Partitions',
            array(
              struct('AcknowledgePartition', [
                field('PartitionIndex', int32, '0+', { mapKey: true }),
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
  ],
});
export interface ShareAcknowledgeRequest extends Infer<typeof shareAcknowledgeRequest> {}
export type ShareAcknowledgeRequestInput = Input<typeof shareAcknowledgeRequest>;

export const shareAcknowledgeResponse = message({
  name: 'ShareAcknowledgeResponse',
  kind: 'response',
  apiKey: 79,
  versions: '1-2',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
    field('AcquisitionLockTimeoutMs', int32, '2+', { ignorable: true }),
    field(
      'Responses',
      array(
        struct('ShareAcknowledgeTopicResponse', [
          field('TopicId', uuid, '0+', { mapKey: true }),
          field(
            'Partitions',
            array(
              struct('PartitionData', [
                field('PartitionIndex', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
                field('CurrentLeader', struct('LeaderIdAndEpoch', [field('LeaderId', int32, '0+'), field('LeaderEpoch', int32, '0+')]), '0+'),
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
export interface ShareAcknowledgeResponse extends Infer<typeof shareAcknowledgeResponse> {}
export type ShareAcknowledgeResponseInput = Input<typeof shareAcknowledgeResponse>;
