/**
 * OffsetFetch: where a group left off in some partitions. Owns the message and its repetition; what an error means is a rule. Only stable
 * offsets are taken: those of open transactions are waited for (KIP-447). As ConsumerCoordinator.fetchCommittedOffsets. Lane: requests.
 */
import type { World } from '../../../io/world.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { failed, ok, type Result } from '../../../model/result.ts';
import { type TopicPartition, topicPartition } from '../../../model/topic-partition.ts';
import { type Uuid, zeroUuid } from '../../../model/uuid.ts';
import { apis } from '../../../protocol/apis.ts';
import type { OffsetFetchRequestInput, OffsetFetchResponse } from '../../../protocol/messages/offset-fetch.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { GroupConsumerConfig } from '../config.ts';
import type { ClientRules, Position } from '../rules.ts';
import { groupByTopic } from './assignor/sticky-user-data.ts';
import type { CoordinatorLink } from './coordinator-link.ts';

/** Partitions in which nothing is committed are not in it. */
export type Committed = ReadonlyMap<TopicPartition, Position>;

interface NamedPartitions {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitionIndexes: readonly number[];
}

const firstVersionWithStable = 7;
const firstVersionWithGroups = 8;
const firstVersionWithIds = 10;

export class CommittedOffsets {
  readonly #world: World;
  readonly #cluster: ClusterView;
  readonly #link: CoordinatorLink;
  readonly #config: GroupConsumerConfig;
  readonly #rules: ClientRules;
  readonly #name: string;

  constructor(world: World, cluster: ClusterView, link: CoordinatorLink, config: GroupConsumerConfig, rules: ClientRules, name: string) {
    this.#world = world;
    this.#cluster = cluster;
    this.#link = link;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
  }

  /** Asks until there is an answer, an error that stays (its code), or `wanted` says no more; then `done` does not come. */
  fetch(partitions: readonly TopicPartition[], wanted: () => boolean, done: (result: Result<Committed, number>) => void, attempt = 0): void {
    const topics = groupByTopic(partitions).map(({ topic, partitions: partitionIndexes }) => ({
      name: topic,
      topicId: this.#cluster.topic(topic)?.id ?? zeroUuid,
      partitionIndexes,
    }));
    const known = topics.every(({ topicId }) => topicId !== zeroUuid);
    this.#link.send(
      apis.offsetFetch,
      (version) => this.#body(version, topics),
      (answer, rpcError, era) => {
        if (!wanted()) return;
        const offsets = new Map<TopicPartition, Position>();
        const error = answer === undefined ? rpcError : this.#read(answer, offsets);
        const decision = this.#rules.group.afterOffsetFetch(error);
        if (decision === 'taken') done(ok(offsets));
        else if (decision === 'fatal') done(failed(error));
        else {
          if (decision === 'lost') this.#link.lose(era);
          if (error === ErrorCode.UNKNOWN_TOPIC_ID) this.#cluster.requestUpdate();
          this.#again(partitions, wanted, done, attempt);
        }
      },
      known ? {} : { maxVersion: firstVersionWithIds - 1 },
    );
  }

  #again(partitions: readonly TopicPartition[], wanted: () => boolean, done: (result: Result<Committed, number>) => void, attempt: number): void {
    const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
    const waitMs = this.#rules.backoffMs(backoff, attempt, this.#world.random.uint32(`${this.#name} committed`));
    this.#world.clock.after(`${this.#name} committed`, waitMs, () =>
      this.#world.on('requests', () => {
        if (!wanted()) return;
        this.#link.find();
        this.fetch(partitions, wanted, done, attempt + 1);
      }),
    );
  }

  #body(version: number, topics: readonly NamedPartitions[]): OffsetFetchRequestInput {
    const { groupId } = this.#config;
    const stable = version >= firstVersionWithStable ? { requireStable: true } : {};
    if (version >= firstVersionWithGroups) return { groups: [{ groupId, topics }], ...stable };
    return { groupId, topics: topics.map(({ name, partitionIndexes }) => ({ name, partitionIndexes })), ...stable };
  }

  /** Fills in what is committed; the first error, or 0. */
  #read(answer: OffsetFetchResponse, offsets: Map<TopicPartition, Position>): number {
    const group = answer.groups[0];
    const groupError = group?.errorCode ?? answer.errorCode;
    if (groupError !== ErrorCode.NONE) return groupError;
    for (const topic of group?.topics ?? answer.topics) {
      const topicId: Uuid = 'topicId' in topic ? (topic.topicId as Uuid) : zeroUuid;
      const name = topic.name !== '' ? topic.name : (this.#cluster.topicName(topicId) ?? '');
      for (const { partitionIndex, committedOffset, committedLeaderEpoch, errorCode } of topic.partitions) {
        if (errorCode !== ErrorCode.NONE) return errorCode;
        if (committedOffset >= 0) offsets.set(topicPartition(name, partitionIndex), { offset: committedOffset, offsetEpoch: committedLeaderEpoch });
      }
    }
    return ErrorCode.NONE;
  }
}
