/**
 * Incremental fetch sessions as a broker keeps them (KIP-227): what each fetcher asked for, and what it was told last, so that requests and
 * answers name only what changed. Owns the cache, its eviction and what a session leaves out of an answer; reads nothing of any log.
 * Source: FetchSession, FetchSessionCache, FetchManager.
 */
import type { World } from '../../io/world.ts';
import { append } from '../../model/append.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { Uuid } from '../../model/uuid.ts';
import { zeroUuid } from '../../model/uuid.ts';
import type { FetchRequest, FetchResponseInput } from '../../protocol/messages/fetch.ts';
import { nextSessionEpoch } from '../replication/fetch-session.ts';

/** One partition of a fetch, as the request named it last; `topic` is empty where topics go by id, the id zero where they go by name. */
export interface FetchTarget {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
  currentLeaderEpoch: number;
  fetchOffset: number;
  lastFetchedEpoch: number;
  /** Of the follower that fetches, -1 for a consumer. */
  logStartOffset: number;
  maxBytes: number;
  /** As they were told last, -1 before: a change of either is worth an answer. */
  toldHighWatermark: number;
  toldLogStartOffset: number;
}

export type PartitionAnswer = FetchResponseInput['responses'][number]['partitions'][number];

/** What is to be read, and how the outcome becomes an answer. `results` are one a target, in their order. */
export interface FetchPlan {
  readonly targets: readonly FetchTarget[];
  finish(results: readonly PartitionAnswer[]): FetchOutcome;
}
export interface FetchOutcome {
  readonly error: ErrorCode;
  readonly sessionId: number;
  /** What is answered, and for which target. */
  readonly told: readonly FetchTarget[];
  readonly answers: readonly PartitionAnswer[];
}
export type FetchOpening = { readonly type: 'refused'; readonly error: ErrorCode } | { readonly type: 'planned'; readonly plan: FetchPlan };

const finalEpoch = -1;
const initialEpoch = 0;
const noSession = 0;
/** A session idle for longer gives way to any new one (FetchSession's eviction time). */
const idleMs = 120_000;
const topicIdsVersion = 13;
const nothing: readonly never[] = [];

interface Session {
  readonly id: number;
  /** A follower's. */
  readonly privileged: boolean;
  readonly usesTopicIds: boolean;
  readonly createdMs: number;
  lastUsedMs: number;
  /** The epoch that the next request must carry. */
  epoch: number;
  /** In the order in which they are served: who got data goes to the end. The list never changes; a change makes another. */
  order: readonly FetchTarget[];
  readonly byTopic: Map<string, Map<number, FetchTarget>>;
}

export class FetchSessions {
  readonly #world: World;
  readonly #name: string;
  readonly #slots: number;
  readonly #sessions = new Map<number, Session>();

  /** `slots`: max.incremental.fetch.session.cache.slots. The name keys the draw of ids. */
  constructor(world: World, name: string, slots: number) {
    this.#world = world;
    this.#name = name;
    this.#slots = slots;
  }

  get size(): number {
    return this.#sessions.size;
  }

  open(version: number, request: FetchRequest, isFollower: boolean): FetchOpening {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === initialEpoch || sessionEpoch === finalEpoch) {
      this.#sessions.delete(sessionId);
      const targets = targetsOf(request);
      if (sessionEpoch === finalEpoch) return { type: 'planned', plan: withoutSession(targets) };
      return { type: 'planned', plan: this.#full(targets, isFollower, version >= topicIdsVersion) };
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return { type: 'refused', error: ErrorCode.FETCH_SESSION_ID_NOT_FOUND };
    if (session.epoch !== sessionEpoch) return { type: 'refused', error: ErrorCode.INVALID_FETCH_SESSION_EPOCH };
    if (session.usesTopicIds !== version >= topicIdsVersion) return { type: 'refused', error: ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR };
    update(session, request);
    if (session.order.length === 0) {
      this.#sessions.delete(sessionId);
      return { type: 'planned', plan: withoutSession(nothing) };
    }
    session.lastUsedMs = this.#world.clock.monotonicMs();
    session.epoch = nextSessionEpoch(session.epoch);
    return { type: 'planned', plan: new IncrementalPlan(session) };
  }

  #full(targets: readonly FetchTarget[], isFollower: boolean, usesTopicIds: boolean): FetchPlan {
    return {
      targets,
      finish: (results) => {
        const session = this.#create(targets.length, isFollower, usesTopicIds);
        if (session !== undefined) {
          session.order = targets;
          for (const [index, target] of targets.entries()) {
            enter(session, target);
            const result = results[index];
            if (result !== undefined) note(target, result);
          }
        }
        return { error: ErrorCode.NONE, sessionId: session?.id ?? noSession, told: targets, answers: results };
      },
    };
  }

  /** Undefined when there is no room and nobody less worthy to evict. */
  #create(size: number, privileged: boolean, usesTopicIds: boolean): Session | undefined {
    if (size === 0 || this.#slots === 0) return undefined;
    const nowMs = this.#world.clock.monotonicMs();
    if (this.#sessions.size >= this.#slots && !this.#evict(size, privileged, nowMs)) return undefined;
    const session: Session = {
      id: this.#drawId(),
      privileged,
      usesTopicIds,
      createdMs: nowMs,
      lastUsedMs: nowMs,
      epoch: nextSessionEpoch(initialEpoch),
      order: nothing,
      byTopic: new Map(),
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Somebody idle goes first; else a session of less worth: a consumer's before a follower's, a small one before a large one. */
  #evict(size: number, privileged: boolean, nowMs: number): boolean {
    let victim: Session | undefined;
    for (const session of this.#sessions.values()) if (victim === undefined || session.lastUsedMs < victim.lastUsedMs) victim = session;
    if (victim !== undefined && nowMs - victim.lastUsedMs <= idleMs) {
      victim = undefined;
      for (const session of this.#sessions.values()) {
        // Against another consumer only a session past its first two minutes gives way, or two would evict each other for ever.
        const evictable = nowMs - session.createdMs > idleMs || (privileged && !session.privileged);
        if (evictable && (victim === undefined || compareWorth(session, victim) < 0)) victim = session;
      }
      if (victim !== undefined && compareWorth({ privileged, order: { length: size }, id: noSession }, victim) < 0) victim = undefined;
    }
    return victim !== undefined && this.#sessions.delete(victim.id);
  }

  /** A positive int32 that no session has. */
  #drawId(): number {
    for (let attempt = 0; ; attempt++) {
      const id = this.#world.random.uint32(attempt === 0 ? this.#name : `${this.#name} ${attempt}`) >>> 1;
      if (id !== noSession && !this.#sessions.has(id)) return id;
    }
  }
}

type Worth = { readonly privileged: boolean; readonly order: { readonly length: number }; readonly id: number };
const compareWorth = (a: Worth, b: Worth): number => Number(a.privileged) - Number(b.privileged) || a.order.length - b.order.length || a.id - b.id;

const keyOf = (target: { readonly topic: string; readonly topicId: Uuid }): string => (target.topicId === zeroUuid ? target.topic : target.topicId);

function targetsOf(request: FetchRequest): FetchTarget[] {
  const targets: FetchTarget[] = [];
  for (const topic of request.topics) for (const partition of topic.partitions) targets.push(targetOf(topic.topic, topic.topicId, partition));
  return targets;
}

function targetOf(topic: string, topicId: Uuid, partition: FetchRequest['topics'][number]['partitions'][number]): FetchTarget {
  return {
    topic,
    topicId,
    index: partition.partition,
    currentLeaderEpoch: partition.currentLeaderEpoch,
    fetchOffset: partition.fetchOffset,
    lastFetchedEpoch: partition.lastFetchedEpoch,
    logStartOffset: partition.logStartOffset,
    maxBytes: partition.partitionMaxBytes,
    toldHighWatermark: -1,
    toldLogStartOffset: -1,
  };
}

/** Lets a target be found by what the requests call it. */
function enter(session: Session, target: FetchTarget): void {
  const key = keyOf(target);
  const topic = session.byTopic.get(key);
  if (topic === undefined) session.byTopic.set(key, new Map([[target.index, target]]));
  else topic.set(target.index, target);
}

/** Takes over what an incremental request names; the leader epoch is part of it (KAFKA-9338). */
function update(session: Session, request: FetchRequest): void {
  const added: FetchTarget[] = [];
  for (const topic of request.topics) {
    const known = session.byTopic.get(keyOf(topic));
    for (const partition of topic.partitions) {
      const target = known?.get(partition.partition);
      if (target === undefined) {
        const other = targetOf(topic.topic, topic.topicId, partition);
        enter(session, other);
        added.push(other);
        continue;
      }
      target.currentLeaderEpoch = partition.currentLeaderEpoch;
      target.fetchOffset = partition.fetchOffset;
      target.lastFetchedEpoch = partition.lastFetchedEpoch;
      target.logStartOffset = partition.logStartOffset;
      target.maxBytes = partition.partitionMaxBytes;
    }
  }
  if (added.length > 0) session.order = [...session.order, ...added];
  if (request.forgottenTopicsData.length > 0) forget(session, request.forgottenTopicsData);
}

function forget(session: Session, topics: FetchRequest['forgottenTopicsData']): void {
  const forgotten = new Set<FetchTarget>();
  for (const topic of topics) {
    const known = session.byTopic.get(keyOf(topic));
    for (const index of topic.partitions) {
      const target = known?.get(index);
      if (target === undefined) continue;
      known?.delete(index);
      forgotten.add(target);
    }
    if (known?.size === 0) session.byTopic.delete(keyOf(topic));
  }
  session.order = session.order.filter((target) => !forgotten.has(target));
}

const withoutSession = (targets: readonly FetchTarget[]): FetchPlan => ({
  targets,
  finish: (results) => ({ error: ErrorCode.NONE, sessionId: noSession, told: targets, answers: results }),
});

/** Leaves out what brings nothing new; who got records goes to the end, so that nobody starves behind a busy partition (KAFKA-12330). */
class IncrementalPlan implements FetchPlan {
  readonly targets: readonly FetchTarget[];
  readonly #session: Session;
  readonly #epoch: number;

  constructor(session: Session) {
    this.targets = session.order;
    this.#session = session;
    this.#epoch = session.epoch;
  }

  finish(results: readonly PartitionAnswer[]): FetchOutcome {
    const session = this.#session;
    // The fetcher went on elsewhere while this request waited: what it is told here would be lost.
    if (session.epoch !== this.#epoch)
      return { error: ErrorCode.INVALID_FETCH_SESSION_EPOCH, sessionId: session.id, told: nothing, answers: nothing };
    const { targets } = this;
    let told: FetchTarget[] | undefined;
    let answers: PartitionAnswer[] | undefined;
    let served: FetchTarget[] | undefined;
    let others: FetchTarget[] | undefined;
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index];
      const result = results[index];
      if (target === undefined || result === undefined) continue;
      if (result.records !== null && result.records.byteLength > 0) served = append(served, target);
      else others = append(others, target);
      if (!note(target, result)) continue;
      told = append(told, target);
      answers = append(answers, result);
    }
    if (served !== undefined && others !== undefined) session.order = others.concat(served);
    return { error: ErrorCode.NONE, sessionId: session.id, told: told ?? nothing, answers: answers ?? nothing };
  }
}

/** Remembers what is told; false when it is nothing new. An error makes the next answer after it count as new. */
function note(target: FetchTarget, result: PartitionAnswer): boolean {
  const news =
    (result.records !== null && result.records.byteLength > 0) ||
    result.highWatermark !== target.toldHighWatermark ||
    (result.logStartOffset ?? -1) !== target.toldLogStartOffset ||
    (result.preferredReadReplica ?? -1) >= 0 ||
    (result.divergingEpoch?.epoch ?? -1) >= 0 ||
    result.errorCode !== ErrorCode.NONE;
  target.toldHighWatermark = result.errorCode === ErrorCode.NONE ? result.highWatermark : -1;
  target.toldLogStartOffset = result.logStartOffset ?? -1;
  return news;
}
