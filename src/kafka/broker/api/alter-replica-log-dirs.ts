/**
 * AlterReplicaLogDirs (34): an administrator moves replicas of this broker to others of its log directories. Answers at once; the move goes on in the
 * background, and DescribeLogDirs tells how far it is. A directory is named as the node names its disk. Source:
 * KafkaApis.handleAlterReplicaLogDirsRequest (KIP-113).
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponseInput } from '../../../protocol/messages/alter-replica-log-dirs.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';

type Partitions = AlterReplicaLogDirsResponseInput['results'][number]['partitions'][number][];

export function handleAlterReplicaLogDirs(
  broker: BrokerContext,
  context: RequestContext<AlterReplicaLogDirsResponseInput>,
  request: AlterReplicaLogDirsRequest,
): void {
  // Where a partition is named twice, the last directory counts.
  const wanted = new Map<string, Map<number, string>>();
  for (const { path, topics } of request.dirs)
    for (const { name, partitions } of topics) {
      const topic = wanted.get(name) ?? new Map<number, string>();
      wanted.set(name, topic);
      for (const index of partitions) topic.set(index, path);
    }
  let error: number = ErrorCode.NONE;
  const results = [...wanted].map(([topicName, byIndex]) => {
    const partitions: Partitions = [];
    for (const [partitionIndex, directory] of byIndex) {
      const errorCode = broker.replicas.alterLogDir(topicName, partitionIndex, directory);
      error = worst(error, errorCode);
      partitions.push({ partitionIndex, errorCode });
    }
    return { topicName, partitions };
  });
  answer(broker, context, { throttleTimeMs: 0, results }, error);
}
