/** AlterPartition (API key 56): a leader proposes a new ISR to the controller (KIP-497). */
import { array, field, type Infer, type Input, int8, int16, int32, int64, message, struct, uuid } from '../schema/schema.ts';

export const alterPartitionRequest = message({
  name: 'AlterPartitionRequest',
  kind: 'request',
  apiKey: 56,
  listeners: ['controller'],
  versions: '2-3',
  flexible: '0+',
  fields: [
    field('BrokerId', int32, '0+', { entityType: 'brokerId' }),
    field('BrokerEpoch', int64, '0+', { default: -1 }),
    field(
      'Topics',
      array(
        struct('TopicData', [
          field('TopicId', uuid, '2+', { ignorable: true }),
          field(
            'Partitions',
            array(
              struct('PartitionData', [
                field('PartitionIndex', int32, '0+'),
                field('LeaderEpoch', int32, '0+'),
                field('NewIsr', array(int32), '0-2', { entityType: 'brokerId' }),
                field(
                  'NewIsrWithEpochs',
                  array(
                    struct('BrokerState', [
                      field('BrokerId', int32, '3+', { entityType: 'brokerId' }),
                      field('BrokerEpoch', int64, '3+', { default: -1 }),
                    ]),
                  ),
                  '3+',
                ),
                field('LeaderRecoveryState', int8, '1+', { default: 0 }),
                field('PartitionEpoch', int32, '0+'),
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
export interface AlterPartitionRequest extends Infer<typeof alterPartitionRequest> {}
export type AlterPartitionRequestInput = Input<typeof alterPartitionRequest>;

export const alterPartitionResponse = message({
  name: 'AlterPartitionResponse',
  kind: 'response',
  apiKey: 56,
  versions: '2-3',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field(
      'Topics',
      array(
        struct('TopicData', [
          field('TopicId', uuid, '2+', { ignorable: true }),
          field(
            'Partitions',
            array(
              struct('PartitionData', [
                field('PartitionIndex', int32, '0+'),
                field('ErrorCode', int16, '0+'),
                field('LeaderId', int32, '0+', { entityType: 'brokerId' }),
                field('LeaderEpoch', int32, '0+'),
                field('Isr', array(int32), '0+', { entityType: 'brokerId' }),
                field('LeaderRecoveryState', int8, '1+', { default: 0, ignorable: true }),
                field('PartitionEpoch', int32, '0+'),
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
export interface AlterPartitionResponse extends Infer<typeof alterPartitionResponse> {}
export type AlterPartitionResponseInput = Input<typeof alterPartitionResponse>;
