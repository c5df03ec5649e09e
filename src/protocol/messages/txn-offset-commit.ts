/** TxnOffsetCommit (API key 28): a producer commits offsets of a group as part of its transaction. */
import { array, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const txnOffsetCommitRequest = message({
  name: 'TxnOffsetCommitRequest',
  kind: 'request',
  apiKey: 28,
  listeners: ['broker'],
  versions: '0-5',
  flexible: '3+',
  fields: [
    field('TransactionalId', string, '0+', { entityType: 'transactionalId' }),
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('ProducerId', int64, '0+', { entityType: 'producerId' }),
    field('ProducerEpoch', int16, '0+'),
    field('GenerationId', int32, '3+', { default: -1 }),
    field('MemberId', string, '3+', { default: '' }),
    field('GroupInstanceId', string, '3+', { nullable: '3+', default: null }),
    field(
      'Topics',
      array(
        struct('TxnOffsetCommitRequestTopic', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(
              struct('TxnOffsetCommitRequestPartition', [
                field('PartitionIndex', int32, '0+'),
                field('CommittedOffset', int64, '0+'),
                field('CommittedLeaderEpoch', int32, '2+', { default: -1, ignorable: true }),
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
export interface TxnOffsetCommitRequest extends Infer<typeof txnOffsetCommitRequest> {}
export type TxnOffsetCommitRequestInput = Input<typeof txnOffsetCommitRequest>;

export const txnOffsetCommitResponse = message({
  name: 'TxnOffsetCommitResponse',
  kind: 'response',
  apiKey: 28,
  versions: '0-5',
  flexible: '3+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Topics',
      array(
        struct('TxnOffsetCommitResponseTopic', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(struct('TxnOffsetCommitResponsePartition', [field('PartitionIndex', int32, '0+'), field('ErrorCode', int16, '0+')])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface TxnOffsetCommitResponse extends Infer<typeof txnOffsetCommitResponse> {}
export type TxnOffsetCommitResponseInput = Input<typeof txnOffsetCommitResponse>;
