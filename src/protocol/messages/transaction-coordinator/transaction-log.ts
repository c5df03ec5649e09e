/** Key and value of a record (type 0) of __transaction_state: the state of one transactional id. */
import { array, field, type Infer, type Input, int8, int16, int32, int64, message, string, struct } from '../../schema/schema.ts';

export const transactionLogKey = message({
  name: 'TransactionLogKey',
  kind: 'coordinator-key',
  apiKey: 0,
  versions: '0',
  flexible: 'none',
  fields: [field('TransactionalId', string, '0')],
});
export interface TransactionLogKey extends Infer<typeof transactionLogKey> {}
export type TransactionLogKeyInput = Input<typeof transactionLogKey>;

export const transactionLogValue = message({
  name: 'TransactionLogValue',
  kind: 'coordinator-value',
  apiKey: 0,
  versions: '0-1',
  flexible: '1+',
  fields: [
    field('ProducerId', int64, '0+'),
    field('PreviousProducerId', int64, '1+', { default: -1, literalDefault: true, tag: 0, tagged: '1+' }),
    field('NextProducerId', int64, '1+', { default: -1, literalDefault: true, tag: 1, tagged: '1+' }),
    field('ProducerEpoch', int16, '0+'),
    field('NextProducerEpoch', int16, '1+', { default: -1, literalDefault: true, tag: 3, tagged: '1+' }),
    field('TransactionTimeoutMs', int32, '0+'),
    field('TransactionStatus', int8, '0+'),
    field(
      'TransactionPartitions',
      array(struct('PartitionsSchema', [field('Topic', string, '0+'), field('PartitionIds', array(int32), '0+')])),
      '0+',
      { nullable: '0+' },
    ),
    field('TransactionLastUpdateTimestampMs', int64, '0+'),
    field('TransactionStartTimestampMs', int64, '0+'),
    field('ClientTransactionVersion', int16, '1+', { default: 0, literalDefault: true, tag: 2, tagged: '1+' }),
  ],
});
export interface TransactionLogValue extends Infer<typeof transactionLogValue> {}
export type TransactionLogValueInput = Input<typeof transactionLogValue>;
