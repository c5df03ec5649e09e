/** What CreateTopics and CreatePartitions share: checked assignments, placed replicas, the record of a new partition. */
import { type BrokerId, brokerId, leaderEpoch } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import { partitionRecordOf } from '../metadata/replay.ts';
import type { ApiProblem } from './config-requests.ts';
import type { ControllerState } from './controller-state.ts';
import { defaultDirectory } from './partition-edits.ts';
import { placeReplicas, type UsableBroker } from './replica-placement.ts';

export const problem = (code: ErrorCode, message: string): ApiProblem => ({ code, message });

/** Leader and ISR of a new partition are those of its replicas that are active. */
export function newPartition(
  state: ControllerState,
  topicId: Uuid,
  topic: string,
  index: number,
  replicas: readonly BrokerId[],
): Result<MetadataRecord, ApiProblem> {
  const isr = replicas.filter((replica) => state.isActive(replica));
  const [leader] = isr;
  if (leader === undefined)
    return failed(
      problem(ErrorCode.INVALID_REPLICATION_FACTOR, `All brokers specified for partition ${index} are currently fenced or in controlled shutdown.`),
    );
  return ok({
    type: 'partition',
    value: partitionRecordOf({
      topicId,
      topic,
      index,
      replicas,
      isr,
      elr: [],
      lastKnownElr: [],
      leader,
      leaderEpoch: leaderEpoch(0),
      partitionEpoch: 0,
      recovering: false,
      addingReplicas: [],
      removingReplicas: [],
      directories: replicas.map((replica) => defaultDirectory(state, replica)),
    }),
  });
}

export function place(
  state: ControllerState,
  topic: string,
  partitions: number,
  replicationFactor: number,
): Result<readonly (readonly BrokerId[])[], ApiProblem> {
  const usable: UsableBroker[] = [];
  for (const broker of state.image.brokers.values()) if (!broker.inControlledShutdown || broker.fenced) usable.push(broker);
  const placed = placeReplicas(usable, partitions, replicationFactor, (bound) => state.random.uint32(`replicas of ${topic}`) % bound);
  if (placed.ok) return placed;
  return failed({ code: placed.error.code, message: `Unable to replicate the partition ${replicationFactor} time(s): ${placed.error.message}` });
}

/** What is wrong with a list of brokers that a person wrote. */
export function assignmentProblem(state: ControllerState, brokers: readonly number[], replicationFactor: number | undefined): ApiProblem | undefined {
  const wrong = (message: string) => problem(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  if (brokers.length === 0) return wrong('The manual partition assignment includes an empty replica list.');
  const seen = new Set<number>();
  for (const id of brokers) {
    if (id < 0 || state.image.brokers.get(brokerId(id)) === undefined)
      return wrong(`The manual partition assignment includes broker ${id}, but no such broker is registered.`);
    if (seen.has(id)) return wrong(`The manual partition assignment includes the broker ${id} more than once.`);
    seen.add(id);
  }
  if (replicationFactor === undefined || replicationFactor === brokers.length) return undefined;
  return wrong(
    `The manual partition assignment includes a partition with ${brokers.length} replica(s), but this is not consistent with previous partitions, which have ${replicationFactor} replica(s).`,
  );
}
