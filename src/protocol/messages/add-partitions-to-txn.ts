/** AddPartitionsToTxn (API key 24): a producer adds partitions to its transaction; brokers ask the coordinator to verify that it did (KIP-890). */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

const addPartitionsToTxnTopicStruct = struct('AddPartitionsToTxnTopic', [
  field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
  field('Partitions', array(int32), '0+'),
]);

export const addPartitionsToTxnRequest = message({
  name: 'AddPartitionsToTxnRequest',
  kind: 'request',
  apiKey: 24,
  listeners: ['broker'],
  versions: '0-5',
  flexible: '3+',
  latestVersionUnstable: false,
  fields: [
    field(
      'Transactions',
      array(
        struct('AddPartitionsToTxnTransaction', [
          field('TransactionalId', string, '4+', { mapKey: true, entityType: 'transactionalId' }),
          field('ProducerId', int64, '4+', { entityType: 'producerId' }),
          field('ProducerEpoch', int16, '4+'),
          field('VerifyOnly', bool, '4+', { default: false, literalDefault: true }),
          field('Topics', array(addPartitionsToTxnTopicStruct), '4+'),
        ]),
      ),
      '4+',
    ),
    field('V3AndBelowTransactionalId', string, '0-3', { entityType: 'transactionalId' }),
    field('V3AndBelowProducerId', int64, '0-3', { entityType: 'producerId' }),
    field('V3AndBelowProducerEpoch', int16, '0-3'),
    field('V3AndBelowTopics', array(addPartitionsToTxnTopicStruct), '0-3'),
  ],
});
export interface AddPartitionsToTxnRequest extends Infer<typeof addPartitionsToTxnRequest> {}
export type AddPartitionsToTxnRequestInput = Input<typeof addPartitionsToTxnRequest>;

const addPartitionsToTxnPartitionResultStruct = struct('AddPartitionsToTxnPartitionResult', [
  field('PartitionIndex', int32, '0+', { mapKey: true }),
  field('PartitionErrorCode', int16, '0+'),
]);

const addPartitionsToTxnTopicResultStruct = struct('AddPartitionsToTxnTopicResult', [
  field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
  field('ResultsByPartition', array(addPartitionsToTxnPartitionResultStruct), '0+'),
]);

export const addPartitionsToTxnResponse = message({
  name: 'AddPartitionsToTxnResponse',
  kind: 'response',
  apiKey: 24,
  versions: '0-5',
  flexible: '3+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '4+', { ignorable: true }),
    field(
      'ResultsByTransaction',
      array(
        struct('AddPartitionsToTxnResult', [
          field('TransactionalId', string, '4+', { mapKey: true, entityType: 'transactionalId' }),
          field('TopicResults', array(addPartitionsToTxnTopicResultStruct), '4+'),
        ]),
      ),
      '4+',
    ),
    field('ResultsByTopicV3AndBelow', array(addPartitionsToTxnTopicResultStruct), '0-3'),
  ],
});
export interface AddPartitionsToTxnResponse extends Infer<typeof addPartitionsToTxnResponse> {}
export type AddPartitionsToTxnResponseInput = Input<typeof addPartitionsToTxnResponse>;
