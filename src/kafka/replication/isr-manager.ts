/**
 * Sends proposed ISRs to the controller: at most one request in flight for the whole broker, all that gathered meanwhile goes in the next.
 * Owns the queue and the retry of the request as a whole; what an answer means for a partition is its leader's.
 * Source: DefaultAlterPartitionManager.
 */
import type { World } from '../../io/world.ts';
import { type BrokerEpoch, type BrokerId, brokerId, leaderEpoch } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { unreachable } from '../../model/invariant.ts';
import type { Result } from '../../model/result.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { AlterPartitionRequestInput, AlterPartitionResponse } from '../../protocol/messages/alter-partition.ts';
import type { AlterRequestStep, ReplicationRules } from '../rules/replication.ts';
import type { Leader } from './leader.ts';

/** One partition's wish; the object itself is its identity. */
export interface IsrProposal {
  readonly leader: Leader;
  readonly topicId: Uuid;
  readonly index: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly members: readonly { readonly brokerId: BrokerId; readonly brokerEpoch: BrokerEpoch }[];
}

/** Asks the active controller; the answer comes in the lane `background`, or none did. */
export type AskController = (request: AlterPartitionRequestInput, answered: (answer: Result<AlterPartitionResponse, unknown>) => void) => void;

/** Between a request that failed as a whole and the next try. */
const retryBackoffMs = 50;
/** LeaderRecoveryState RECOVERED: a leader that serves has recovered (KIP-704). */
const recovered = 0;

export class IsrManager {
  readonly #world: World;
  readonly #rules: ReplicationRules;
  readonly #brokerId: BrokerId;
  readonly #brokerEpoch: () => BrokerEpoch;
  readonly #ask: AskController;
  /** What the controller has not answered, by topic id and partition, in the order it came. */
  readonly #unanswered = new Map<Uuid, Map<number, IsrProposal>>();
  #count = 0;
  #inFlight = false;
  #closed = false;

  constructor(world: World, rules: ReplicationRules, brokerId: BrokerId, brokerEpoch: () => BrokerEpoch, ask: AskController) {
    this.#world = world;
    this.#rules = rules;
    this.#brokerId = brokerId;
    this.#brokerEpoch = brokerEpoch;
    this.#ask = ask;
  }

  /** False when a proposal of the same partition is still unanswered. */
  submit(proposal: IsrProposal): boolean {
    let topic = this.#unanswered.get(proposal.topicId);
    if (topic === undefined) {
      topic = new Map();
      this.#unanswered.set(proposal.topicId, topic);
    }
    if (topic.has(proposal.index)) return false;
    topic.set(proposal.index, proposal);
    this.#count++;
    this.#send();
    return true;
  }

  close(): void {
    this.#closed = true;
  }

  #send(): void {
    if (this.#inFlight || this.#closed || this.#count === 0) return;
    this.#inFlight = true;
    const sent = [...this.#unanswered.values()].flatMap((topic) => [...topic.values()]);
    this.#ask(this.#request(), (answer) => {
      if (this.#closed) return;
      const response = answer.ok ? answer.value : undefined;
      for (const step of this.#rules.alterRequestSteps(response?.errorCode)) this.#perform(step, sent, response);
    });
  }

  #perform(step: AlterRequestStep, sent: readonly IsrProposal[], answer: AlterPartitionResponse | undefined): void {
    switch (step) {
      case 'clearInFlight':
        this.#inFlight = false;
        return;
      case 'handAnswers':
        if (answer !== undefined) this.#hand(sent, answer);
        return;
      case 'sendNext':
        // A partition that the answer leaves out stays in the queue and goes again.
        this.#send();
        return;
      case 'retryLater':
        this.#world.clock.after('AlterPartition retry', retryBackoffMs, () => this.#world.on('background', () => this.#send()));
        return;
      default:
        unreachable(step);
    }
  }

  #request(): AlterPartitionRequestInput {
    const topics = [...this.#unanswered].filter(([, partitions]) => partitions.size > 0);
    return {
      brokerId: this.#brokerId,
      brokerEpoch: this.#brokerEpoch(),
      topics: topics.map(([topicId, partitions]) => ({
        topicId,
        partitions: [...partitions.values()].map((proposal) => ({
          partitionIndex: proposal.index,
          leaderEpoch: proposal.leaderEpoch,
          newIsrWithEpochs: proposal.members,
          leaderRecoveryState: recovered,
          partitionEpoch: proposal.partitionEpoch,
        })),
      })),
    };
  }

  /** Each proposal leaves the queue before its leader hears of it, who may want to propose again at once. */
  #hand(sent: readonly IsrProposal[], answer: AlterPartitionResponse): void {
    for (const topic of answer.topics) {
      for (const partition of topic.partitions) {
        const proposal = sent.find((candidate) => candidate.index === partition.partitionIndex && candidate.topicId === topic.topicId);
        const queued = this.#unanswered.get(topic.topicId);
        if (proposal === undefined || queued?.get(partition.partitionIndex) !== proposal) continue;
        queued.delete(partition.partitionIndex);
        this.#count--;
        if (queued.size === 0) this.#unanswered.delete(topic.topicId);
        proposal.leader.proposalAnswered(
          proposal,
          partition.errorCode === ErrorCode.NONE
            ? {
                type: 'stands',
                leaderEpoch: leaderEpoch(partition.leaderEpoch),
                partitionEpoch: partition.partitionEpoch,
                isr: partition.isr.map((id) => brokerId(id)),
              }
            : { type: 'refused', error: partition.errorCode as ErrorCode },
        );
      }
    }
  }
}
