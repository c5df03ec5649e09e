/**
 * A broker tells in which of its log directories replicas lie (KIP-858): it placed them itself, or found them elsewhere than the metadata says, as after
 * a disk was replaced. A replica whose directory is not online can not lead. Source: ReplicationControlManager.handleAssignReplicasToDirs.
 */
import { type BrokerId, brokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { AssignReplicasToDirsRequest, AssignReplicasToDirsResponseInput } from '../../protocol/messages/assign-replicas-to-dirs.ts';
import type { ControllerState, Outcome } from './controller-state.ts';
import { PartitionEdits } from './partition-edits.ts';

export function assignReplicasToDirs(state: ControllerState, request: AssignReplicasToDirsRequest): Outcome<AssignReplicasToDirsResponseInput> {
  if (state.currentBroker(request.brokerId, request.brokerEpoch) === undefined)
    return { response: { throttleTimeMs: 0, errorCode: ErrorCode.STALE_BROKER_EPOCH, directories: [] }, records: [] };
  const broker = brokerId(request.brokerId);
  const edits = new PartitionEdits(state);
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: assign(state, edits, broker, id, topicId, partitionIndex) })),
    })),
  }));
  return { response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, directories }, records: edits.records };
}

function assign(state: ControllerState, edits: PartitionEdits, broker: BrokerId, directory: Uuid, topicId: Uuid, index: number): ErrorCode {
  const topic = state.image.topicById(topicId);
  if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
  const registered = topic.partitions[index];
  if (registered === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const partition = edits.current(registered);
  if (!partition.replicas.includes(broker)) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  const directories = partition.replicas.map((replica, at) => (replica === broker ? directory : (partition.directories[at] ?? directory)));
  const isKnown = partition.directories[partition.replicas.indexOf(broker)] === directory;
  if (!isKnown) edits.change(registered, { directories });
  // Told of a directory that failed meanwhile: nobody waits for the next heartbeat to say so.
  if (state.image.brokers.get(broker)?.logDirs.includes(directory) === false) edits.withdraw(broker, [registered]);
  return ErrorCode.NONE;
}
