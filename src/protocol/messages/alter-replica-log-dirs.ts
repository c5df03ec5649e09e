/** AlterReplicaLogDirs (API key 34): an admin moves replicas between the log directories of a broker. */
import { array, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const alterReplicaLogDirsRequest = message({
  name: 'AlterReplicaLogDirsRequest',
  kind: 'request',
  apiKey: 34,
  listeners: ['broker'],
  versions: '1-2',
  flexible: '2+',
  fields: [
    field(
      'Dirs',
      array(
        struct('AlterReplicaLogDir', [
          field('Path', string, '0+', { mapKey: true }),
          field(
            'Topics',
            array(
              struct('AlterReplicaLogDirTopic', [
                field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
                field('Partitions', array(int32), '0+'),
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
export interface AlterReplicaLogDirsRequest extends Infer<typeof alterReplicaLogDirsRequest> {}
export type AlterReplicaLogDirsRequestInput = Input<typeof alterReplicaLogDirsRequest>;

export const alterReplicaLogDirsResponse = message({
  name: 'AlterReplicaLogDirsResponse',
  kind: 'response',
  apiKey: 34,
  versions: '1-2',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Results',
      array(
        struct('AlterReplicaLogDirTopicResult', [
          field('TopicName', string, '0+', { entityType: 'topicName' }),
          field(
            'Partitions',
            array(struct('AlterReplicaLogDirPartitionResult', [field('PartitionIndex', int32, '0+'), field('ErrorCode', int16, '0+')])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface AlterReplicaLogDirsResponse extends Infer<typeof alterReplicaLogDirsResponse> {}
export type AlterReplicaLogDirsResponseInput = Input<typeof alterReplicaLogDirsResponse>;
