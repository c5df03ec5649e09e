/**
 * Sends fetches for a consumer's partitions, one at a time to each broker, and puts what comes into the partitions. Owns sessions and what
 * an error of a fetch leads to; positions are assigned-partition.ts's, what a poll gives is consumer.ts's. As AbstractFetch and FetchCollector.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { append } from '../../model/append.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import { apis } from '../../protocol/apis.ts';
import type { FetchRequestInput, FetchResponse } from '../../protocol/messages/fetch.ts';
import type { Channel } from '../rpc/channel.ts';
import type { AssignedPartition } from './assigned-partition.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConsumerConfig } from './config.ts';
import { FetchSession, type FetchTarget, type SessionFetch } from './fetch-session.ts';
import { FetchedRecords } from './fetched-records.ts';
import type { ClientRules, Position } from './rules.ts';

export interface FetchEvents {
  /** An answer was taken in, or none will come: look again. */
  arrived(): void;
  /** The log does not hold the position. */
  outOfRange(assigned: AssignedPartition): void;
  /** The broker refuses, and waiting does not help. */
  failed(assigned: AssignedPartition, error: number): void;
}

/** A partition as it was when it was asked for. */
interface Sent {
  readonly assigned: AssignedPartition;
  readonly turn: number;
  readonly position: Position;
}

/** What is asked of one broker. */
interface LeaderGroup {
  readonly leader: number;
  readonly sent: Sent[];
}

const readUncommitted = 0;
/** Fetch version 13 names topics by id. */
const firstVersionWithIds = 13;

export class Fetcher {
  readonly #world: World;
  readonly #cluster: ClusterView;
  readonly #config: ConsumerConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #events: FetchEvents;
  readonly #sessions = new Map<number, FetchSession>();
  /** Brokers that hold a fetch of ours. */
  readonly #busy = new Set<number>();
  #retryTimer: Timer | undefined;
  #retryAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(world: World, cluster: ClusterView, config: ConsumerConfig, rules: ClientRules, name: string, events: FetchEvents) {
    this.#world = world;
    this.#cluster = cluster;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
    this.#events = events;
  }

  /**
   * Fetches what may be fetched. A broker is left alone while it holds a fetch, and while records of it wait to be given out: a fetch
   * without those partitions would drop them from the session (KAFKA-17182).
   */
  fetch(assigned: Iterable<AssignedPartition>): void {
    const nowMs = this.#world.clock.monotonicMs();
    let groups: LeaderGroup[] | undefined;
    let waiting: number[] | undefined;
    let retryAtMs = Number.POSITIVE_INFINITY;
    for (const partition of assigned) {
      const { position } = partition;
      if (partition.standing !== 'reading' || partition.paused || partition.held || position === undefined) continue;
      const leader = this.#cluster.partition(partition.topic, partition.index)?.leader ?? -1;
      if (leader < 0) this.#cluster.requestUpdate();
      else if (partition.fetched !== undefined) {
        waiting = append(waiting, leader);
      } else if (partition.retryAtMs > nowMs) retryAtMs = Math.min(retryAtMs, partition.retryAtMs);
      else if (!this.#busy.has(leader)) {
        const sent: Sent = { assigned: partition, turn: partition.turn, position };
        const group = groups === undefined ? undefined : groupOf(groups, leader);
        if (group !== undefined) group.sent.push(sent);
        else groups = append(groups, { leader, sent: [sent] });
      }
    }
    if (groups !== undefined) for (const { leader, sent } of groups) if (waiting?.includes(leader) !== true) this.#send(leader, sent);
    this.#lookAgain(retryAtMs, nowMs);
  }

  /** Tells the brokers to drop the sessions. `done` when they have, or cannot be told. */
  close(done: () => void): void {
    this.#closed = true;
    this.#retryTimer?.cancel();
    let open = 1;
    const ended = () => {
      if (--open === 0) done();
    };
    for (const [node, session] of this.#sessions) {
      const end = session.end();
      const channel = this.#cluster.channel(node);
      if (end === undefined || channel?.state !== 'ready') continue;
      open++;
      channel.send(apis.fetch, this.#body(end, 0), ended);
    }
    ended();
  }

  #send(leader: number, group: readonly Sent[]): void {
    const channel = this.#cluster.channel(leader);
    if (channel === undefined) {
      this.#cluster.requestUpdate();
      return;
    }
    let session = this.#sessions.get(leader);
    if (session === undefined) {
      session = new FetchSession();
      this.#sessions.set(leader, session);
    }
    const targets = group.map((sent) => this.#target(sent));
    const known = targets.every((target) => target.topicId !== zeroUuid);
    this.#busy.add(leader);
    this.#exchange(leader, channel, session, targets, group, known);
  }

  #exchange(leader: number, channel: Channel, session: FetchSession, targets: readonly FetchTarget[], group: readonly Sent[], known: boolean): void {
    // The session's state moves when the request is made, and which names it uses depends on the version.
    const body = (version: number) => this.#body(session.next(targets, version >= firstVersionWithIds), this.#config.fetchMaxWaitMs);
    channel.send(
      apis.fetch,
      body,
      (result) => {
        this.#busy.delete(leader);
        if (this.#closed) return;
        if (result.ok) this.#answered(session, result.value, group);
        else {
          session.lost();
          for (const sent of group) this.#backOff(sent);
        }
        this.#events.arrived();
      },
      known ? undefined : { maxVersion: firstVersionWithIds - 1 },
    );
  }

  #target({ assigned, position }: Sent): FetchTarget {
    return {
      partition: assigned.partition,
      topic: assigned.topic,
      topicId: this.#cluster.topic(assigned.topic)?.id ?? zeroUuid,
      index: assigned.index,
      fetchOffset: position.offset,
      currentLeaderEpoch: assigned.leaderEpoch,
      partitionMaxBytes: this.#config.maxPartitionFetchBytes,
    };
  }

  #body(session: SessionFetch, maxWaitMs: number): FetchRequestInput {
    return {
      maxWaitMs,
      minBytes: this.#config.fetchMinBytes,
      maxBytes: this.#config.fetchMaxBytes,
      isolationLevel: readUncommitted,
      sessionId: session.sessionId,
      sessionEpoch: session.sessionEpoch,
      topics: byTopic(session.told, placeOf),
      forgottenTopicsData: byTopic(session.forgotten, indexOf),
    };
  }

  #answered(session: FetchSession, response: FetchResponse, group: readonly Sent[]): void {
    if (response.errorCode === ErrorCode.NONE && response.responses.length === 0) {
      session.answered(ErrorCode.NONE, response.sessionId, nothing);
      return;
    }
    let partitions: TopicPartition[] | undefined;
    let answers: FetchResponse['responses'][number]['partitions'][number][] | undefined;
    for (const topic of response.responses) {
      const name = topic.topic !== '' ? topic.topic : (this.#cluster.topicName(topic.topicId) ?? '');
      for (const partition of topic.partitions) {
        partitions = append(partitions, topicPartition(name, partition.partitionIndex));
        answers = append(answers, partition);
      }
    }
    if (!session.answered(response.errorCode, response.sessionId, partitions ?? nothing)) return;
    for (const sent of group) {
      const { assigned, position } = sent;
      const place = partitions?.lastIndexOf(assigned.partition) ?? -1;
      const answer = place < 0 ? undefined : answers?.[place];
      // What was asked before a seek, or from another leader and answered since, is old.
      if (answer === undefined || assigned.turn !== sent.turn || assigned.position?.offset !== position.offset) continue;
      if (assigned.fetched !== undefined) continue;
      if (answer.errorCode === ErrorCode.NONE) {
        assigned.retries = 0;
        if (answer.records !== null && answer.records.length > 0)
          assigned.fetched = new FetchedRecords(answer.records, position, this.#config.checkCrcs);
        continue;
      }
      const { leaderId, leaderEpoch } = answer.currentLeader;
      if (leaderId >= 0) {
        const endpoints = response.nodeEndpoints.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }));
        this.#cluster.learned(assigned.topic, assigned.index, leaderId, leaderEpoch, endpoints);
      }
      this.#refused(sent, answer.errorCode);
    }
  }

  #refused(sent: Sent, error: number): void {
    const decision = this.#rules.afterFetch(error, this.#config.autoOffsetReset !== 'none');
    if (decision === 'refresh') this.#cluster.requestUpdate();
    if (decision === 'reset' || (decision === 'fail' && error === ErrorCode.OFFSET_OUT_OF_RANGE)) this.#events.outOfRange(sent.assigned);
    else {
      this.#backOff(sent);
      if (decision === 'fail') this.#events.failed(sent.assigned, error);
    }
  }

  /** Leaves a partition alone for a while; Kafka's consumer asks again at once and so spins until its metadata is new. */
  #backOff({ assigned, turn }: Sent): void {
    if (assigned.turn !== turn) return;
    const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
    const draw = this.#world.random.uint32(`${this.#name} fetch ${assigned.partition}`);
    assigned.retryAtMs = this.#world.clock.monotonicMs() + this.#rules.backoffMs(backoff, assigned.retries++, draw);
  }

  #lookAgain(atMs: number, nowMs: number): void {
    if (atMs === this.#retryAtMs) return;
    this.#retryTimer?.cancel();
    this.#retryAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY || this.#closed) return;
    this.#retryTimer = this.#world.clock.after(`${this.#name} fetch retry`, atMs - nowMs, () => {
      this.#retryAtMs = Number.POSITIVE_INFINITY;
      this.#world.on('requests', this.#events.arrived);
    });
  }
}

const groupOf = (groups: readonly LeaderGroup[], leader: number): LeaderGroup | undefined => groups.find((group) => group.leader === leader);

const placeOf = ({ index, fetchOffset, currentLeaderEpoch, partitionMaxBytes }: FetchTarget) => ({
  partition: index,
  fetchOffset,
  currentLeaderEpoch,
  partitionMaxBytes,
});
const indexOf = (target: FetchTarget): number => target.index;
const nothing: readonly never[] = [];

interface TopicGroup<T> {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partitions: T[];
}

/** What is said of the targets of one topic together; a topic that was made anew is another one. */
function byTopic<T>(targets: readonly FetchTarget[], say: (target: FetchTarget) => T): readonly TopicGroup<T>[] {
  if (targets.length === 0) return nothing;
  let topics: TopicGroup<T>[] | undefined;
  let group: TopicGroup<T> | undefined;
  for (const target of targets) {
    const { topic, topicId } = target;
    if (group?.topic !== topic || group.topicId !== topicId) group = topics?.find((other) => other.topic === topic && other.topicId === topicId);
    if (group !== undefined) group.partitions.push(say(target));
    else {
      group = { topic, topicId, partitions: [say(target)] };
      topics = append(topics, group);
    }
  }
  return topics ?? nothing;
}
