/**
 * What is asked of partitions: AlterPartition by their leaders, ElectLeaders by people, and the controller's own elections.
 * Owns requests and answers; whether a wish is heeded and who is elected are rules. Source: ReplicationControlManager; KIP-497, KIP-460.
 */
import { type BrokerEpoch, type BrokerId, brokerEpoch, brokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { AlterPartitionRequest, AlterPartitionResponseInput } from '../../protocol/messages/alter-partition.ts';
import type { ElectLeadersRequest, ElectLeadersResponseInput } from '../../protocol/messages/elect-leaders.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import type { PartitionRegistration } from '../metadata/registration.ts';
import type { ControllerState, Outcome } from './controller-state.ts';
import { PartitionEdits } from './partition-edits.ts';

type PartitionWish = AlterPartitionRequest['topics'][number]['partitions'][number];
type PartitionAnswer = AlterPartitionResponseInput['topics'][number]['partitions'][number];

const recovering = 1;
const unchecked = brokerEpoch(-1);
/** From this version on the ISR comes with broker epochs (KIP-903). */
const brokerEpochsFrom = 3;

export function alterPartition(state: ControllerState, request: AlterPartitionRequest, apiVersion: number): Outcome<AlterPartitionResponseInput> {
  if (state.currentBroker(request.brokerId, request.brokerEpoch) === undefined)
    return { response: { throttleTimeMs: 0, errorCode: ErrorCode.STALE_BROKER_EPOCH, topics: [] }, records: [] };
  const edits = new PartitionEdits(state);
  const topics = request.topics.map((topic) => {
    const known = state.image.topicById(topic.topicId);
    return {
      topicId: topic.topicId,
      partitions: topic.partitions.map((wish) => {
        if (known === undefined) return refusedPartition(wish.partitionIndex, ErrorCode.UNKNOWN_TOPIC_ID);
        const partition = known.partitions[wish.partitionIndex];
        if (partition === undefined) return refusedPartition(wish.partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        return alterOne(state, edits, brokerId(request.brokerId), partition, wish, apiVersion);
      }),
    };
  });
  return { response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, topics }, records: edits.records };
}

function alterOne(
  state: ControllerState,
  edits: PartitionEdits,
  sender: BrokerId,
  registered: PartitionRegistration,
  wish: PartitionWish,
  apiVersion: number,
): PartitionAnswer {
  const isr =
    apiVersion >= brokerEpochsFrom
      ? wish.newIsrWithEpochs.map((member) => ({ brokerId: member.brokerId as BrokerId, brokerEpoch: member.brokerEpoch as BrokerEpoch }))
      : wish.newIsr.map((member) => ({ brokerId: member as BrokerId, brokerEpoch: unchecked }));
  const error = state.rules.checkAlterPartition({
    partition: edits.current(registered),
    sender,
    leaderEpoch: wish.leaderEpoch,
    partitionEpoch: wish.partitionEpoch,
    isr,
    leaderRecoveryState: wish.leaderRecoveryState,
    broker: (id) => state.image.brokers.get(id),
  });
  if (error !== ErrorCode.NONE) return refusedPartition(wish.partitionIndex, error);
  const decision = edits.change(registered, { isr: isr.map((member) => member.brokerId), recovering: wish.leaderRecoveryState === recovering });
  // The change completes a reassignment that takes the lead from the sender: done, but the sender must wait for metadata.
  if (decision?.leaderSet === true && decision.next.leader !== sender) return refusedPartition(wish.partitionIndex, ErrorCode.NEW_LEADER_ELECTED);
  const partition = edits.current(registered);
  return {
    partitionIndex: wish.partitionIndex,
    errorCode: ErrorCode.NONE,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: partition.isr,
    leaderRecoveryState: partition.recovering ? recovering : 0,
    partitionEpoch: partition.partitionEpoch,
  };
}

const refusedPartition = (partitionIndex: number, errorCode: ErrorCode): PartitionAnswer => ({
  partitionIndex,
  errorCode,
  leaderId: 0,
  leaderEpoch: 0,
  isr: [],
  partitionEpoch: 0,
});

/** ElectLeadersRequest.ElectionType: 0 preferred, 1 unclean. */
const electionTypes = ['preferred', 'unclean'] as const;

export function electLeaders(state: ControllerState, request: ElectLeadersRequest): Outcome<ElectLeadersResponseInput> {
  const type = electionTypes[request.electionType];
  if (type === undefined) return { response: { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_REQUEST, replicaElectionResults: [] }, records: [] };
  const edits = new PartitionEdits(state);
  const everything = request.topicPartitions === null;
  const asked =
    request.topicPartitions ??
    [...state.image.topics.values()].map(({ name, partitions }) => ({ topic: name, partitions: partitions.map((partition) => partition.index) }));
  const replicaElectionResults = asked.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions
      .map((partitionId) => electionResult(edits, state.image.topicByName(topic)?.partitions[partitionId], topic, partitionId, type))
      // Asked for all, Kafka leaves out those that have the wanted leader already.
      .filter((result) => !everything || result.errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
  }));
  return { response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, replicaElectionResults }, records: edits.records };
}

function electionResult(
  edits: PartitionEdits,
  registered: PartitionRegistration | undefined,
  topic: string,
  partitionId: number,
  type: 'preferred' | 'unclean',
): { readonly partitionId: number; readonly errorCode: ErrorCode; readonly errorMessage: string | null } {
  const result = (errorCode: ErrorCode, errorMessage: string | null) => ({ partitionId, errorCode, errorMessage });
  if (registered === undefined) return result(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such partition as ${topic}-${partitionId}`);
  const partition = edits.current(registered);
  if (type === 'preferred' ? partition.leader === partition.replicas[0] : partition.leader >= 0)
    return result(ErrorCode.ELECTION_NOT_NEEDED, 'Leader election not needed for topic partition.');
  if (edits.change(registered, { election: type }) !== undefined) return result(ErrorCode.NONE, null);
  return type === 'preferred'
    ? result(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, 'The preferred leader was not available.')
    : result(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, 'Eligible topic partition leaders are not available.');
}

/** At most this many elections in one pass, so that a batch stays small (ReplicationControlManager.MAX_ELECTIONS_PER_IMBALANCE). */
const maxElections = 1000;
/** `more`: the pass was cut short and should be repeated at once. */
export type ElectionPass = { readonly more: boolean };

/** Gives leadership back to preferred replicas that are in sync. */
export const balanceLeaders = (state: ControllerState): Outcome<ElectionPass> => electEach(state, state.index.imbalanced, 'preferred');

/** Leaderless partitions whose topic allows an unclean leader: the config may have been set after they lost their last. */
export function electUncleanLeaders(state: ControllerState): Outcome<ElectionPass> {
  return electEach(state, state.index.leaderless, undefined);
}

function electEach(state: ControllerState, partitions: Iterable<PartitionRegistration>, election: 'preferred' | undefined): Outcome<ElectionPass> {
  const edits = new PartitionEdits(state);
  let more = false;
  for (const partition of partitions) {
    if (edits.records.length >= maxElections) {
      more = true;
      break;
    }
    edits.change(partition, election === undefined ? {} : { election });
  }
  const records: readonly MetadataRecord[] = edits.records;
  return { response: { more }, records };
}
