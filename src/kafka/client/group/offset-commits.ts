/**
 * OffsetCommit: one attempt, or attempts until one succeeds or cannot. Owns the message; what an answer means is a rule. Commits leave in the
 * order in which they were asked for. As ConsumerCoordinator.commitOffsetsAsync and commitOffsetsSync. Lane: requests.
 */
import type { Timer } from '../../../io/clock.ts';
import type { World } from '../../../io/world.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { invariant } from '../../../model/invariant.ts';
import { type TopicPartition, topicPartition } from '../../../model/topic-partition.ts';
import { zeroUuid } from '../../../model/uuid.ts';
import { apis } from '../../../protocol/apis.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { GroupConsumerConfig } from '../config.ts';
import type { ClientRules, Position } from '../rules.ts';
import { groupByTopic } from './assignor/sticky-user-data.ts';
import type { Membership } from './membership.ts';
import type { CommitDecision } from './rules.ts';

/** Where to go on reading, with the leader epoch of the record before (-1 when unknown). */
export type CommitOffsets = ReadonlyMap<TopicPartition, Position>;

/**
 * `retriable`: it may pass, and for commitSync time was over. `rebalancing`: poll first, then try again. `expelled`: the partitions may be
 * somebody else's by now (CommitFailedException). `fenced`: somebody else runs under this group.instance.id. `refused`: the broker says no.
 */
export type CommitFailure = 'retriable' | 'rebalancing' | 'expelled' | 'fenced' | 'refused';
export type CommitResult =
  /** `attempts`: how often it was sent; those before the last may still be on their way, and be taken later. */
  | { readonly type: 'committed'; readonly offsets: CommitOffsets; readonly attempts: number }
  | { readonly type: 'failed'; readonly failure: CommitFailure; readonly error: number; readonly offsets: CommitOffsets };
export type CommitDone = (result: CommitResult) => void;

interface Commit {
  readonly offsets: CommitOffsets;
  readonly done: CommitDone;
}

const firstVersionWithInstances = 7;
const firstVersionWithIds = 10;

export class OffsetCommits {
  readonly #world: World;
  readonly #cluster: ClusterView;
  readonly #config: GroupConsumerConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #membership: Membership;
  /** Waiting for the coordinator to be found. */
  #waiting: Commit[] = [];
  #pending = 0;
  #settled: (() => void)[] = [];

  constructor(world: World, cluster: ClusterView, config: GroupConsumerConfig, rules: ClientRules, name: string, membership: Membership) {
    this.#world = world;
    this.#cluster = cluster;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
    this.#membership = membership;
  }

  /** One attempt; `done` comes once, in a step of its own. */
  commit(offsets: CommitOffsets, done: CommitDone): void {
    for (const { offset } of offsets.values()) invariant(offset >= 0, 'a committed offset is not negative', offset);
    this.#pending++;
    const commit: Commit = {
      offsets,
      done: (result) => {
        this.#pending--;
        done(result);
        if (this.#pending > 0) return;
        const settled = this.#settled;
        this.#settled = [];
        for (const each of settled) each();
      },
    };
    if (offsets.size === 0) this.#world.on('requests', () => commit.done({ type: 'committed', offsets, attempts: 1 }));
    else if (this.#membership.link.known) this.#send(commit);
    else {
      this.#waiting.push(commit);
      this.#membership.link.find();
    }
  }

  /** Attempts with back-off, for at most `timeoutMs`. */
  commitSync(offsets: CommitOffsets, timeoutMs: number, done: CommitDone): void {
    let attempt = 0;
    let over = false;
    let timer: Timer | undefined;
    let last: CommitResult = { type: 'failed', failure: 'retriable', error: ErrorCode.REQUEST_TIMED_OUT, offsets };
    const end = (result: CommitResult) => {
      if (over) return;
      over = true;
      timer?.cancel();
      deadline.cancel();
      done(result);
    };
    const deadline = this.#world.clock.after(`${this.#name} commit deadline`, timeoutMs, () => this.#world.on('requests', () => end(last)));
    const attemptOnce = () =>
      this.commit(offsets, (result) => {
        if (over || result.type === 'committed' || result.failure !== 'retriable') {
          end(result.type === 'committed' ? { ...result, attempts: attempt + 1 } : result);
          return;
        }
        last = result;
        const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
        const waitMs = this.#rules.backoffMs(backoff, attempt++, this.#world.random.uint32(`${this.#name} commit`));
        timer = this.#world.clock.after(`${this.#name} commit retry`, waitMs, () =>
          this.#world.on('requests', () => (over ? undefined : attemptOnce())),
        );
      });
    attemptOnce();
  }

  /** `done` when no commit is under way. */
  whenSettled(done: () => void): void {
    if (this.#pending === 0) this.#world.on('requests', done);
    else this.#settled.push(done);
  }

  coordinatorFound(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const commit of waiting) this.#send(commit);
  }

  /** One look for the coordinator is one attempt: what waited for it has failed. */
  coordinatorNotFound(error: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { offsets, done } of waiting) done({ type: 'failed', failure: 'retriable', error, offsets });
  }

  #send(commit: Commit): void {
    const { state, link } = this.#membership;
    const { identity } = state;
    const allowed = this.#rules.group.mayCommit(state.standing);
    if (allowed !== 'send') {
      this.#world.on('requests', () => this.#end(commit, allowed, ErrorCode.NONE));
      return;
    }
    const named = this.#named(commit.offsets);
    const known = named.every(({ topicId }) => topicId !== zeroUuid);
    const { groupId, groupInstanceId } = this.#config;
    link.send(
      apis.offsetCommit,
      (version) => ({
        groupId,
        generationIdOrMemberEpoch: identity.generation,
        memberId: identity.memberId,
        ...(version >= firstVersionWithInstances && groupInstanceId !== '' ? { groupInstanceId } : {}),
        topics: named,
      }),
      (answer, rpcError, era) => {
        let error = rpcError;
        for (const { partitions } of answer?.topics ?? []) for (const { errorCode } of partitions) if (error === ErrorCode.NONE) error = errorCode;
        const decision = this.#rules.group.afterCommit(error, { standing: state.standing, unchanged: state.is(identity) });
        if (decision.type === 'retry' && decision.lost) link.lose(era);
        if (error === ErrorCode.UNKNOWN_TOPIC_ID) this.#cluster.requestUpdate();
        this.#end(commit, decision, error);
      },
      known ? {} : { maxVersion: firstVersionWithIds - 1 },
    );
  }

  #named(offsets: CommitOffsets) {
    return groupByTopic([...offsets.keys()]).map(({ topic, partitions }) => ({
      name: topic,
      topicId: this.#cluster.topic(topic)?.id ?? zeroUuid,
      partitions: partitions.map((partitionIndex) => {
        const position = offsets.get(topicPartition(topic, partitionIndex));
        return {
          partitionIndex,
          committedOffset: position?.offset ?? -1,
          committedLeaderEpoch: position?.offsetEpoch ?? -1,
          committedMetadata: '',
        };
      }),
    }));
  }

  #end({ offsets, done }: Commit, decision: CommitDecision, error: number): void {
    if (decision.type === 'committed') {
      done({ type: 'committed', offsets, attempts: 1 });
      return;
    }
    if (decision.type === 'rebalancing' && decision.rejoin) this.#membership.requestRejoin();
    if (decision.type === 'expelled' && decision.forget !== 'nothing') this.#membership.forget(decision.forget);
    done({ type: 'failed', failure: decision.type === 'retry' ? 'retriable' : decision.type, error, offsets });
  }
}
