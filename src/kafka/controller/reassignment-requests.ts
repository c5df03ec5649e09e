/**
 * AlterPartitionReassignments and ListPartitionReassignments (KIP-455): replicas are first added, and the old ones go once the new ones
 * are in sync. Owns the requests; when a reassignment is complete is a rule. Source: ReplicationControlManager, PartitionReassignmentReplicas.
 */
import { type BrokerId, brokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponseInput,
} from '../../protocol/messages/alter-partition-reassignments.ts';
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponseInput,
} from '../../protocol/messages/list-partition-reassignments.ts';
import type { PartitionRegistration } from '../metadata/registration.ts';
import { uncleanElectionEnabled } from '../metadata/topic-settings.ts';
import type { ApiProblem } from './config-requests.ts';
import type { ControllerState, Outcome } from './controller-state.ts';
import { assignmentProblem, problem } from './new-partitions.ts';
import { PartitionEdits } from './partition-edits.ts';

export function alterPartitionReassignments(
  state: ControllerState,
  request: AlterPartitionReassignmentsRequest,
): Outcome<AlterPartitionReassignmentsResponseInput> {
  const edits = new PartitionEdits(state);
  const responses = request.topics.map((topic) => ({
    name: topic.name,
    partitions: topic.partitions.map(({ partitionIndex, replicas }) => {
      const registered = state.image.topicByName(topic.name)?.partitions[partitionIndex];
      const wrong =
        registered === undefined
          ? problem(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find partition ${topic.name}:${partitionIndex}.`)
          : replicas === null
            ? cancel(state, edits, registered)
            : reassign(state, edits, registered, replicas, request.allowReplicationFactorChange);
      return { partitionIndex, errorCode: wrong?.code ?? ErrorCode.NONE, errorMessage: wrong?.message ?? null };
    }),
  }));
  const { allowReplicationFactorChange } = request;
  return {
    response: { throttleTimeMs: 0, allowReplicationFactorChange, errorCode: ErrorCode.NONE, errorMessage: null, responses },
    records: edits.records,
  };
}

const isReassigning = (partition: PartitionRegistration): boolean => partition.addingReplicas.length + partition.removingReplicas.length > 0;
const without = (ids: readonly BrokerId[], gone: readonly BrokerId[]): readonly BrokerId[] => ids.filter((id) => !gone.includes(id));

/** Replicas that are neither wanted nor added stay until the wanted ones are in sync; the wanted order comes first. */
function reassign(
  state: ControllerState,
  edits: PartitionEdits,
  registered: PartitionRegistration,
  wanted: readonly number[],
  mayChangeFactor: boolean,
): ApiProblem | undefined {
  const wrong = assignmentProblem(state, wanted, undefined);
  if (wrong !== undefined) return wrong;
  const partition = edits.current(registered);
  const target = wanted.map(brokerId);
  // A reassignment under way is replaced: its own additions count as old replicas only as far as they are wanted or have caught up.
  const original = without(partition.replicas, partition.addingReplicas);
  if (!mayChangeFactor && original.length !== target.length)
    return problem(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `The replication factor is changed from ${original.length} to ${target.length}, which the request does not allow.`,
    );
  const removing = without(partition.replicas, target);
  const adding = without(target, original);
  const replicas = [...target, ...removing];
  edits.change(registered, { replicas, addingReplicas: adding, removingReplicas: removing });
  return undefined;
}

/** Back to the replicas as they were before the reassignment. */
function cancel(state: ControllerState, edits: PartitionEdits, registered: PartitionRegistration): ApiProblem | undefined {
  const partition = edits.current(registered);
  if (!isReassigning(partition)) return problem(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, 'No partition reassignment is in progress.');
  const replicas = without(partition.replicas, partition.addingReplicas);
  let isr = without(partition.isr, partition.addingReplicas);
  if (isr.length === 0 && partition.isr.length > 0) {
    if (!uncleanElectionEnabled(state.image, partition.topic, state.config.uncleanLeaderElectionEnable))
      return problem(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `Unable to revert partition assignment for ${partition.topic}:${partition.index} because it would require an unclean leader election.`,
      );
    isr = [];
  }
  edits.change(registered, { replicas, isr, addingReplicas: [], removingReplicas: [] });
  return undefined;
}

export function listPartitionReassignments(
  state: ControllerState,
  request: ListPartitionReassignmentsRequest,
): Outcome<ListPartitionReassignmentsResponseInput> {
  type Ongoing = ListPartitionReassignmentsResponseInput['topics'][number]['partitions'][number];
  const byTopic = new Map<string, Ongoing[]>();
  for (const { topic, index, replicas, addingReplicas, removingReplicas } of state.index.reassigning) {
    const asked = request.topics === null || request.topics.some(({ name, partitionIndexes }) => name === topic && partitionIndexes.includes(index));
    if (!asked) continue;
    const ongoing: Ongoing = { partitionIndex: index, replicas, addingReplicas, removingReplicas };
    const known = byTopic.get(topic);
    if (known === undefined) byTopic.set(topic, [ongoing]);
    else known.push(ongoing);
  }
  const topics = [...byTopic].map(([name, partitions]) => ({ name, partitions }));
  return { response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, topics }, records: [] };
}
