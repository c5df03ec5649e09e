/** AssignReplicasToDirs (API key 73): a broker tells the controller in which log directory replicas lie (KIP-858). */
import { array, field, type Infer, type Input, int16, int32, int64, message, struct, uuid } from '../schema/schema.ts';

export const assignReplicasToDirsRequest = message({
  name: 'AssignReplicasToDirsRequest',
  kind: 'request',
  apiKey: 73,
  listeners: ['controller'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('BrokerId', int32, '0+', { entityType: 'brokerId' }),
    field('BrokerEpoch', int64, '0+', { default: -1 }),
    field(
      'Directories',
      array(
        struct('DirectoryData', [
          field('Id', uuid, '0+'),
          field(
            'Topics',
            array(
              struct('TopicData', [
                field('TopicId', uuid, '0+'),
                field('Partitions', array(struct('PartitionData', [field('PartitionIndex', int32, '0+')])), '0+'),
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
export interface AssignReplicasToDirsRequest extends Infer<typeof assignReplicasToDirsRequest> {}
export type AssignReplicasToDirsRequestInput = Input<typeof assignReplicasToDirsRequest>;

export const assignReplicasToDirsResponse = message({
  name: 'AssignReplicasToDirsResponse',
  kind: 'response',
  apiKey: 73,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field(
      'Directories',
      array(
        struct('DirectoryData', [
          field('Id', uuid, '0+'),
          field(
            'Topics',
            array(
              struct('TopicData', [
                field('TopicId', uuid, '0+'),
                field('Partitions', array(struct('PartitionData', [field('PartitionIndex', int32, '0+'), field('ErrorCode', int16, '0+')])), '0+'),
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
export interface AssignReplicasToDirsResponse extends Infer<typeof assignReplicasToDirsResponse> {}
export type AssignReplicasToDirsResponseInput = Input<typeof assignReplicasToDirsResponse>;
