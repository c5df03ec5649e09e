/**
 * Kafka's consumer by assign(): positions, fetches with sessions, reset policy, and the search for truncation when a leader changes.
 * Groups are not here, but what they need to steer one: group/group-consumer.ts is made of a consumer and a membership. As KafkaConsumer without a group: poll() is asynchronous, and fetches are sent only while it is awaited, and once
 * ahead when it gave records. lastFetchedEpoch stays -1 as in Kafka's consumer: OffsetForLeaderEpoch finds divergence. Lane: requests.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import type { Offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { invariant, unreachable } from '../../model/invariant.ts';
import type { Result } from '../../model/result.ts';
import { splitTopicPartition, type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { AssignedPartition, type Standing } from './assigned-partition.ts';
import { ClusterView } from './cluster-view.ts';
import type { ConsumerConfig } from './config.ts';
import type { ConsumerRecord } from './fetched-records.ts';
import { type FetchEvents, Fetcher } from './fetcher.ts';
import { earliestTimestamp, epochLookup, latestTimestamp, type OffsetAnswer, offsetLookup } from './offset-questions.ts';
import { type ClientRules, type EpochEnd, kafkaClientRules, type Position } from './rules.ts';

export type { ConsumerRecord } from './fetched-records.ts';

export interface PolledRecords {
  readonly partition: TopicPartition;
  /** Ascending offsets. */
  readonly records: readonly ConsumerRecord[];
}

/** The position moved without the application's doing. `truncated`: the log was cut below it. `reset`: by auto.offset.reset; `from` is -1 without one. */
export interface PositionChange {
  readonly type: 'truncated' | 'reset';
  readonly partition: TopicPartition;
  readonly from: number;
  readonly to: number;
}

/**
 * `noOffset`: no position and no reset policy. `outOfRange`: the log does not hold the position, no reset policy. `truncated`: the log
 * was cut below it, no reset policy; `divergent` says where, if known. `error`: the broker says no.
 */
export type PollProblem = 'noOffset' | 'outOfRange' | 'truncated' | 'error';

export type PollResult =
  /** Empty when the time was over. `moved` is what happened since the last poll. */
  | { readonly type: 'records'; readonly records: readonly PolledRecords[]; readonly moved: readonly PositionChange[] }
  /** Nothing moved; seek() is the way out. `offset` is the position, -1 without one. */
  | {
      readonly type: 'failed';
      readonly partition: TopicPartition;
      readonly problem: PollProblem;
      readonly error: number;
      readonly offset: number;
      readonly divergent?: Position;
    };

type Failure = Extract<PollResult, { type: 'failed' }>;
/** One result a partition: an offset answer or a Kafka error code. */
export type OffsetsDone = (offsets: ReadonlyMap<TopicPartition, Result<OffsetAnswer, number>>) => void;

const noneYet: readonly never[] = [];
const nobody: readonly never[] = [];

export class Consumer {
  readonly #world: World;
  readonly #config: ConsumerConfig;
  readonly #rules: ClientRules;
  readonly #pollName: string;
  readonly #cluster: ClusterView;
  readonly #fetcher: Fetcher;
  readonly #offsets: ReturnType<typeof offsetLookup>;
  readonly #epochs: ReturnType<typeof epochLookup>;
  /** Rotates: who gave records goes to the end. */
  readonly #assigned = new Map<TopicPartition, AssignedPartition>();
  #poll: { readonly done: (result: PollResult) => void; readonly timer: Timer } | undefined;
  #moved: PositionChange[] = [];
  #failures: Failure[] = [];
  #stepAsked = false;
  #closed = false;

  /** `name` is stable over runs and keys timers and randomness; the client id by default. `metadataUpdated` comes after each answer. */
  constructor(
    world: World,
    config: ConsumerConfig,
    rules: ClientRules = kafkaClientRules,
    name = config.clientId,
    metadataUpdated: () => void = () => {},
  ) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules;
    this.#pollName = `${name} poll`;
    this.#cluster = new ClusterView(world, config, rules, {
      name,
      maxInFlight: 100,
      allowAutoTopicCreation: config.allowAutoCreateTopics,
      updated: () => {
        this.#stepNow();
        metadataUpdated();
      },
    });
    this.#offsets = offsetLookup(world, this.#cluster, config, rules, name);
    this.#epochs = epochLookup(world, this.#cluster, config, rules, name);
    const events: FetchEvents = {
      arrived: () => this.#stepNow(),
      outOfRange: (assigned) => this.#outOfRange(assigned),
      failed: (assigned, error) => this.#fail(assigned, 'error', error),
    };
    this.#fetcher = new Fetcher(world, this.#cluster, config, rules, name, events);
  }

  /** What it knows of the cluster, for those who ask other brokers in its name. */
  get cluster(): ClusterView {
    return this.#cluster;
  }

  /** Replaces the assignment; partitions that stay keep their position. `held`: new ones wait for release(). */
  assign(partitions: readonly TopicPartition[], held = false): void {
    for (const partition of [...this.#assigned.keys()]) if (!partitions.includes(partition)) this.#assigned.delete(partition);
    for (const partition of partitions) {
      if (this.#assigned.has(partition)) continue;
      const { topic, index } = splitTopicPartition(partition);
      const assigned = new AssignedPartition(partition, topic, index);
      assigned.held = held;
      this.#assigned.set(partition, assigned);
      this.#cluster.want(topic);
    }
    this.#failures = this.#failures.filter((failure) => this.#assigned.has(failure.partition));
    this.#wake();
  }

  get assignment(): readonly TopicPartition[] {
    return [...this.#assigned.keys()];
  }

  /** Reads on from `offset`; with the leader epoch of the record before it, truncation since then is noticed. */
  seek(partition: TopicPartition, offset: number, offsetEpoch = -1): void {
    this.#of(partition).seek({ offset, offsetEpoch });
    this.#forgetFailure(partition);
    this.#wake();
  }

  seekToBeginning(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#resetTo(partition, earliestTimestamp);
  }

  seekToEnd(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#resetTo(partition, latestTimestamp);
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#of(partition).paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#of(partition).paused = false;
    this.#wake();
  }

  /** No records of these are given out, and no policy gives them a position, until they are released. */
  hold(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#of(partition).held = true;
  }

  release(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#of(partition).held = false;
    this.#wake();
  }

  /** Held partitions without a position. */
  get unpositioned(): readonly TopicPartition[] {
    return [...this.#assigned.values()].filter(({ standing, held }) => standing === 'unset' && held).map(({ partition }) => partition);
  }

  /** Behind the last record given out of each partition; only of those whose position is known to be good. */
  get consumed(): ReadonlyMap<TopicPartition, Position> {
    const positions = new Map<TopicPartition, Position>();
    for (const { partition, standing, position } of this.#assigned.values())
      if (standing === 'reading' && position !== undefined) positions.set(partition, position);
    return positions;
  }

  /** The offset of the next record to be given out; undefined while none is known. */
  position(partition: TopicPartition): number | undefined {
    const assigned = this.#of(partition);
    return assigned.standing === 'reading' || assigned.standing === 'validating' ? assigned.position?.offset : undefined;
  }

  /** Gives records as soon as there are any, at most max.poll.records; nothing after `timeoutMs`. One poll at a time. */
  poll(timeoutMs: number, done: (result: PollResult) => void): void {
    invariant(this.#poll === undefined && !this.#closed, 'a consumer is polled once at a time and not after close()');
    const timer = this.#world.clock.after(this.#pollName, timeoutMs, this.#pollTimedOut);
    this.#poll = { done, timer };
    this.#wake();
  }

  /** Ends a poll under way, which gives nothing; whether there was one. */
  interrupt(): boolean {
    const polling = this.#poll !== undefined;
    this.#finishPoll(noneYet);
    return polling;
  }

  readonly #endEmpty = (): void => this.#finishPoll(noneYet);
  readonly #pollTimedOut = (): void => this.#world.on('requests', this.#endEmpty);

  /** For each partition the first offset at or after a timestamp; an answer of -1 when there is none. */
  offsetsForTimes(timestamps: ReadonlyMap<TopicPartition, number>, done: OffsetsDone): void {
    this.#askOffsets([...timestamps], done);
  }

  beginningOffsets(partitions: readonly TopicPartition[], done: OffsetsDone): void {
    this.#askOffsets(
      partitions.map((partition) => [partition, earliestTimestamp]),
      done,
    );
  }

  /** The high watermarks: behind the last record that may be read. */
  endOffsets(partitions: readonly TopicPartition[], done: OffsetsDone): void {
    this.#askOffsets(
      partitions.map((partition) => [partition, latestTimestamp]),
      done,
    );
  }

  /** Ends the fetch sessions, then the connections. A poll under way gives nothing. Idempotent. */
  close(done: () => void = () => {}): void {
    if (this.#closed) return;
    this.#finishPoll(noneYet);
    this.#closed = true;
    this.#offsets.close();
    this.#epochs.close();
    this.#fetcher.close(() => {
      this.#cluster.close();
      done();
    });
  }

  #of(partition: TopicPartition): AssignedPartition {
    const assigned = this.#assigned.get(partition);
    invariant(assigned !== undefined, 'the partition is assigned', partition);
    return assigned;
  }

  #resetTo(partition: TopicPartition, timestampMs: number): void {
    this.#of(partition).reset(timestampMs);
    this.#forgetFailure(partition);
    this.#wake();
  }

  #forgetFailure(partition: TopicPartition): void {
    this.#failures = this.#failures.filter((failure) => failure.partition !== partition);
  }

  #askOffsets(questions: readonly (readonly [TopicPartition, number])[], done: OffsetsDone): void {
    const targets = questions.map(([partition, timestampMs]) => ({ ...splitTopicPartition(partition), timestampMs }));
    const answers = new Map<TopicPartition, Result<OffsetAnswer, number>>();
    if (targets.length === 0) this.#world.on('requests', () => done(answers));
    this.#offsets.ask(targets, this.#config.defaultApiTimeoutMs, ({ topic, index }, result) => {
      answers.set(topicPartition(topic, index), result);
      if (answers.size === targets.length) done(answers);
    });
  }

  #wake(): void {
    if (this.#stepAsked || this.#closed) return;
    this.#stepAsked = true;
    this.#world.on('requests', this.#step);
  }

  /** As #wake(), for callers that are in a step of the lane already. */
  #stepNow(): void {
    if (!this.#stepAsked) this.#step();
  }

  readonly #step = (): void => {
    this.#stepAsked = false;
    if (this.#closed) return;
    let asks = false;
    for (const assigned of this.#assigned.values()) {
      const view = this.#cluster.partition(assigned.topic, assigned.index);
      if (view !== undefined) assigned.ledIn(view.leaderEpoch);
      if (assigned.standing === 'unset' && !assigned.held && this.#poll !== undefined) this.#applyPolicy(assigned, 'noOffset');
      if (assigned.standing !== 'reading') asks = true;
    }
    if (asks) {
      this.#reset(this.#mayAsk('resetting'));
      this.#validate(this.#mayAsk('validating'));
    }
    if (this.#poll === undefined) return;
    this.#deliver();
  };

  /** Those whose leader has something to be asked. Where the last answer was a failure the application is told first. */
  #mayAsk(standing: Standing): readonly AssignedPartition[] {
    let waiting: AssignedPartition[] | undefined;
    for (const assigned of this.#assigned.values()) {
      if (assigned.standing !== standing || assigned.asking) continue;
      if (this.#failures.some((failure) => failure.partition === assigned.partition)) continue;
      waiting ??= [];
      waiting.push(assigned);
    }
    return waiting ?? nobody;
  }

  /** Gives what there is to the poll under way; fetches what is not there yet. */
  #deliver(): void {
    const failure = this.#failures.shift();
    if (failure !== undefined) {
      this.#endPoll(failure);
      return;
    }
    const records = this.#collect();
    this.#fetcher.fetch(this.#assigned.values());
    if (records.length > 0) this.#finishPoll(records);
    else if (this.#failures.length > 0) this.#deliver();
  }

  #collect(): readonly PolledRecords[] {
    if (!this.#hasRecords()) return noneYet;
    const polled: PolledRecords[] = [];
    let left = this.#config.maxPollRecords;
    // A copy: the order changes on the way.
    for (const assigned of [...this.#assigned.values()]) {
      const { fetched } = assigned;
      if (fetched === undefined || assigned.paused || assigned.held || left === 0) continue;
      const records = fetched.take(left);
      left -= records.length;
      assigned.advance(fetched.position);
      if (fetched.drained) {
        assigned.fetched = undefined;
        if (fetched.damaged)
          this.#world.observe({ type: 'damageReceived', partition: assigned.partition, offset: fetched.position.offset as Offset });
        if (fetched.error !== ErrorCode.NONE) this.#fail(assigned, 'error', fetched.error);
        // Its turn comes again after the others'.
        this.#assigned.delete(assigned.partition);
        this.#assigned.set(assigned.partition, assigned);
      }
      if (records.length > 0) polled.push({ partition: assigned.partition, records });
    }
    return polled;
  }

  #hasRecords(): boolean {
    for (const assigned of this.#assigned.values()) if (assigned.fetched !== undefined && !assigned.paused) return true;
    return false;
  }

  #finishPoll(records: readonly PolledRecords[]): void {
    const moved = this.#moved;
    this.#moved = [];
    this.#endPoll({ type: 'records', records, moved });
  }

  #endPoll(result: PollResult): void {
    const poll = this.#poll;
    if (poll === undefined) return;
    this.#poll = undefined;
    poll.timer.cancel();
    poll.done(result);
  }

  #outOfRange(assigned: AssignedPartition): void {
    this.#applyPolicy(assigned, 'outOfRange');
    this.#wake();
  }

  #applyPolicy(assigned: AssignedPartition, problem: PollProblem, divergent?: Position): void {
    const policy = this.#config.autoOffsetReset;
    if (policy !== 'none') assigned.reset(policy === 'earliest' ? earliestTimestamp : latestTimestamp);
    else this.#fail(assigned, problem, ErrorCode.OFFSET_OUT_OF_RANGE, divergent);
  }

  /** Tells the next poll; once, until it was told. */
  #fail(assigned: AssignedPartition, problem: PollProblem, error: number, divergent?: Position): void {
    const { partition } = assigned;
    if (this.#failures.some((failure) => failure.partition === partition)) return;
    const offset = assigned.position?.offset ?? -1;
    this.#failures.push({ type: 'failed', partition, problem, error, offset, ...(divergent === undefined ? {} : { divergent }) });
    this.#wake();
  }

  #reset(waiting: readonly AssignedPartition[]): void {
    if (waiting.length === 0) return;
    const asked = this.#asked(waiting);
    const targets = waiting.map(({ topic, index, resetTimestampMs }) => ({ topic, index, timestampMs: resetTimestampMs }));
    this.#offsets.ask(targets, this.#config.defaultApiTimeoutMs, ({ topic, index }, result) => {
      const assigned = asked(topicPartition(topic, index));
      if (assigned === undefined) return;
      if (result.ok) this.#wasReset(assigned, result.value.offset);
      else if (result.error !== ErrorCode.REQUEST_TIMED_OUT) this.#fail(assigned, 'error', result.error);
      this.#wake();
    });
  }

  /** Whom an answer to a question of now concerns; nobody when the partition has moved on, or was given up and taken again. */
  #asked(waiting: readonly AssignedPartition[]): (partition: TopicPartition) => AssignedPartition | undefined {
    const questions = new Map(waiting.map((assigned) => [assigned.partition, { assigned, turn: assigned.turn }]));
    for (const assigned of waiting) assigned.asking = true;
    return (partition) => {
      const question = questions.get(partition);
      const assigned = this.#assigned.get(partition);
      if (assigned === undefined || assigned !== question?.assigned || assigned.turn !== question.turn) return undefined;
      assigned.asking = false;
      return assigned;
    };
  }

  #wasReset(assigned: AssignedPartition, to: number): void {
    this.#moved.push({ type: 'reset', partition: assigned.partition, from: assigned.position?.offset ?? -1, to });
    assigned.seek({ offset: to, offsetEpoch: -1 });
  }

  #validate(waiting: readonly AssignedPartition[]): void {
    if (waiting.length === 0) return;
    const asked = this.#asked(waiting);
    const targets = waiting.map(({ topic, index, position }) => ({ topic, index, epoch: position?.offsetEpoch ?? -1 }));
    this.#epochs.ask(targets, this.#config.defaultApiTimeoutMs, ({ topic, index }, result) => {
      const assigned = asked(topicPartition(topic, index));
      if (assigned === undefined) return;
      if (result.ok) this.#wasValidated(assigned, result.value);
      else if (result.error !== ErrorCode.REQUEST_TIMED_OUT) this.#fail(assigned, 'error', result.error);
      this.#wake();
    });
  }

  #wasValidated(assigned: AssignedPartition, end: EpochEnd): void {
    const { position } = assigned;
    if (position === undefined) return;
    const decision = this.#rules.afterValidation(position, end, this.#config.autoOffsetReset !== 'none');
    switch (decision.type) {
      case 'valid':
        assigned.validated();
        return;
      case 'truncated':
        this.#moved.push({ type: 'truncated', partition: assigned.partition, from: position.offset, to: decision.to.offset });
        assigned.seek(decision.to);
        assigned.validated();
        return;
      case 'reset':
        this.#applyPolicy(assigned, 'truncated');
        return;
      case 'failed':
        this.#fail(assigned, 'truncated', ErrorCode.OFFSET_OUT_OF_RANGE, decision.divergent);
        return;
      default:
        unreachable(decision);
    }
  }
}
