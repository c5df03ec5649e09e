/** AddOffsetsToTxn (API key 25): a producer adds a group's offsets to its transaction. */
import { field, type Infer, type Input, int16, int32, int64, message, string } from '../schema/schema.ts';

export const addOffsetsToTxnRequest = message({
  name: 'AddOffsetsToTxnRequest',
  kind: 'request',
  apiKey: 25,
  listeners: ['broker'],
  versions: '0-4',
  flexible: '3+',
  fields: [
    field('TransactionalId', string, '0+', { entityType: 'transactionalId' }),
    field('ProducerId', int64, '0+', { entityType: 'producerId' }),
    field('ProducerEpoch', int16, '0+'),
    field('GroupId', string, '0+', { entityType: 'groupId' }),
  ],
});
export interface AddOffsetsToTxnRequest extends Infer<typeof addOffsetsToTxnRequest> {}
export type AddOffsetsToTxnRequestInput = Input<typeof addOffsetsToTxnRequest>;

export const addOffsetsToTxnResponse = message({
  name: 'AddOffsetsToTxnResponse',
  kind: 'response',
  apiKey: 25,
  versions: '0-4',
  flexible: '3+',
  fields: [field('ThrottleTimeMs', int32, '0+'), field('ErrorCode', int16, '0+')],
});
export interface AddOffsetsToTxnResponse extends Infer<typeof addOffsetsToTxnResponse> {}
export type AddOffsetsToTxnResponseInput = Input<typeof addOffsetsToTxnResponse>;
