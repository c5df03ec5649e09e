/**
 * Replicates partitions from one leader: one connection, one fetch in flight, one lane. Owns when and what is asked, and carries out the
 * steps that the rules name for each partition's answer, each as a step of its own, so that a crash or a change of roles can fall between
 * truncating, appending and advancing. What a step does to the log is the follower's. Source: AbstractFetcherThread, ReplicaFetcherThread.
 *
 *   idle -> asking -> working -> asking ...      idle when no partition is ready; a partition with an error rests for the back-off
 */
import type { Lane, World } from '../../io/world.ts';
import { append } from '../../model/append.ts';
import { type BrokerEpoch, type BrokerId, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { unreachable } from '../../model/invariant.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import { apis } from '../../protocol/apis.ts';
import type { FetchRequestInput, FetchResponse } from '../../protocol/messages/fetch.ts';
import { Channel, type Done } from '../rpc/channel.ts';
import type { FollowerStep, ReplicationRules } from '../rules/replication.ts';
import { FetchSession } from './fetch-session.ts';
import type { Follower } from './follower.ts';
import type { Partition } from './partition.ts';

export interface FetcherConfig {
  readonly replicaFetchMaxBytes: number;
  readonly replicaFetchWaitMaxMs: number;
  readonly replicaFetchMinBytes: number;
  readonly replicaFetchResponseMaxBytes: number;
  readonly replicaFetchBackoffMs: number;
  readonly replicaSocketTimeoutMs: number;
  readonly socketConnectionSetupTimeoutMs: number;
}

export interface FetcherContext {
  readonly world: World;
  readonly brokerId: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
  readonly rules: ReplicationRules;
  readonly fetch: FetcherConfig;
  /** A partition's storage failed while it was replicated. */
  storageFailed(partition: Partition): void;
}

export interface Source {
  readonly id: BrokerId;
  readonly host: string;
  readonly port: number;
}

/** One partition being fetched under one follower role. */
interface Fetching {
  readonly partition: Partition;
  readonly follower: Follower;
  /** What the leader was told last. */
  sentOffset: Offset;
  /** Resting after an error, or asking for the ends of the leader's log. */
  resting: boolean;
}

type PartitionPlace = FetchRequestInput['topics'][number]['partitions'][number];
interface TopicGroup<T> {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partitions: T[];
}

type PartitionData = FetchResponse['responses'][number]['partitions'][number];
interface Work {
  readonly fetching: Fetching;
  readonly data: PartitionData;
  readonly steps: readonly FollowerStep[];
}

const latestTimestamp = -1;
const earliestTimestamp = -2;
/** The first version with ReplicaState in place of ReplicaId (KIP-903). */
const replicaStateVersion = 15;
/** What stands in the field for the replica that a version does not have. */
const nobody = { replicaId: -1, replicaEpoch: -1 };
const noTopics: readonly never[] = [];
const noFetchings: readonly never[] = [];

export class Fetcher {
  readonly source: Source;
  readonly #context: FetcherContext;
  readonly #lane: Lane;
  readonly #channel: Channel;
  readonly #session = new FetchSession<Fetching>((fetching) => fetching.partition);
  /** By topic id and partition. */
  readonly #fetching = new Map<Uuid, Map<number, Fetching>>();
  #count = 0;
  #ready = 0;
  #state: 'idle' | 'asking' | 'working' = 'idle';
  #closed = false;
  /** What the fetch in flight names. */
  #topics: readonly TopicGroup<PartitionPlace>[] = [];
  #forgottenTopics: readonly TopicGroup<number>[] = [];
  #work: Work[] = [];
  #workAt = 0;
  #stepAt = 0;

  constructor(context: FetcherContext, source: Source) {
    this.#context = context;
    this.source = source;
    this.#lane = `fetcher-${source.id}`;
    this.#channel = new Channel(context.world, {
      clientId: `broker-${context.brokerId}-fetcher-${source.id}`,
      host: source.host,
      port: source.port,
      lane: this.#lane,
      requestTimeoutMs: context.fetch.replicaSocketTimeoutMs,
      connectTimeoutMs: context.fetch.socketConnectionSetupTimeoutMs,
    });
  }

  /** How many partitions are fetched here. */
  get size(): number {
    return this.#count;
  }

  /** Starts to fetch, or goes on under a newer role. */
  add(partition: Partition, follower: Follower): void {
    this.remove(partition);
    let topic = this.#fetching.get(partition.topicId);
    if (topic === undefined) {
      topic = new Map();
      this.#fetching.set(partition.topicId, topic);
    }
    const fetching: Fetching = { partition, follower, sentOffset: offset(-1), resting: false };
    topic.set(partition.index, fetching);
    this.#count++;
    this.#ready++;
    this.#session.touch(fetching);
    this.#wake();
  }

  remove(partition: Partition): void {
    const topic = this.#fetching.get(partition.topicId);
    const fetching = topic?.get(partition.index);
    if (topic === undefined || fetching === undefined) return;
    topic.delete(partition.index);
    if (topic.size === 0) this.#fetching.delete(partition.topicId);
    this.#count--;
    if (!fetching.resting) this.#ready--;
    this.#session.forget(fetching);
  }

  close(): void {
    this.#closed = true;
    this.#channel.close();
  }

  #find(topicId: Uuid, index: number): Fetching | undefined {
    return this.#fetching.get(topicId)?.get(index);
  }

  /** For answers of versions that name topics. */
  #findByName(name: string, index: number): Fetching | undefined {
    for (const topic of this.#fetching.values()) {
      const fetching = topic.get(index);
      if (fetching?.partition.topic === name) return fetching;
    }
    return undefined;
  }

  /** Still what the broker is to do: neither removed nor replaced by a newer role. */
  #current(fetching: Fetching): boolean {
    return fetching.partition.follower === fetching.follower && this.#find(fetching.partition.topicId, fetching.partition.index) === fetching;
  }

  #wake(): void {
    if (this.#state === 'idle' && this.#ready > 0 && !this.#closed) {
      this.#state = 'asking';
      this.#context.world.on(this.#lane, this.#ask);
    }
  }

  readonly #ask = (): void => {
    if (this.#closed) return;
    if (this.#ready === 0) {
      this.#state = 'idle';
      return;
    }
    this.#state = 'asking';
    const { partitions, forgotten } = this.#session.take(this.#session.full ? this.#everyReady() : noFetchings);
    this.#topics = byTopic(partitions, this.#place);
    this.#forgottenTopics = byTopic(forgotten, indexOf);
    this.#channel.send(apis.fetch, this.#request, this.#fetched);
  };

  /** What is asked of one partition now. */
  readonly #place = (fetching: Fetching): PartitionPlace => {
    const { follower } = fetching;
    fetching.sentOffset = follower.fetchOffset;
    return {
      partition: fetching.partition.index,
      currentLeaderEpoch: follower.epoch,
      fetchOffset: fetching.sentOffset,
      lastFetchedEpoch: follower.lastFetchedEpoch,
      logStartOffset: follower.log.logStartOffset,
      partitionMaxBytes: this.#context.fetch.replicaFetchMaxBytes,
    };
  };

  /** One fetch is in flight at a time, so that what it names can stand in fields. */
  readonly #request = (version: number): FetchRequestInput => {
    const { brokerId, brokerEpoch, fetch } = this.#context;
    const hasState = version >= replicaStateVersion;
    return {
      replicaId: hasState ? nobody.replicaId : brokerId,
      replicaState: hasState ? { replicaId: brokerId, replicaEpoch: brokerEpoch } : nobody,
      maxWaitMs: fetch.replicaFetchWaitMaxMs,
      minBytes: fetch.replicaFetchMinBytes,
      maxBytes: fetch.replicaFetchResponseMaxBytes,
      sessionId: this.#session.id,
      sessionEpoch: this.#session.epoch,
      topics: this.#topics,
      forgottenTopicsData: this.#forgottenTopics,
    };
  };

  readonly #fetched: Done<typeof apis.fetch.response> = (answer) => {
    if (this.#closed) return;
    if (answer.ok) this.#answered(answer.value);
    else this.#failed();
  };

  #everyReady(): Fetching[] {
    const ready: Fetching[] = [];
    for (const topic of this.#fetching.values()) for (const fetching of topic.values()) if (!fetching.resting) ready.push(fetching);
    return ready;
  }

  /** No answer: every partition rests, so that a dead leader is not asked in a tight loop. */
  #failed(): void {
    this.#session.lost();
    for (const fetching of this.#everyReady()) this.#rest(fetching);
    this.#state = 'idle';
  }

  #answered(response: FetchResponse): void {
    if (!this.#session.answered(response.errorCode, response.sessionId)) {
      this.#ask();
      return;
    }
    const work: Work[] = [];
    for (const topic of response.responses) {
      for (const data of topic.partitions) {
        const fetching =
          topic.topicId === zeroUuid ? this.#findByName(topic.topic, data.partitionIndex) : this.#find(topic.topicId, data.partitionIndex);
        if (fetching === undefined || fetching.resting || !this.#current(fetching)) continue;
        if (fetching.sentOffset !== fetching.follower.fetchOffset) continue;
        work.push({ fetching, data, steps: this.#context.rules.followerSteps(data.errorCode, data.divergingEpoch.epoch >= 0) });
      }
    }
    this.#work = work;
    this.#workAt = 0;
    this.#stepAt = 0;
    this.#state = 'working';
    this.#step();
  }

  /** Carries out steps up to one that changed a log; what follows is another step of the lane. */
  readonly #step = (): void => {
    if (this.#closed) return;
    while (this.#workAt < this.#work.length) {
      const work = this.#work[this.#workAt];
      const step = work?.steps[this.#stepAt];
      if (work === undefined || step === undefined || !this.#current(work.fetching)) {
        this.#workAt++;
        this.#stepAt = 0;
        continue;
      }
      this.#stepAt++;
      if (!this.#perform(work, step)) continue;
      this.#context.world.on(this.#lane, this.#step);
      return;
    }
    this.#work = [];
    this.#ask();
  };

  /** True when the log was changed. */
  #perform(work: Work, step: FollowerStep): boolean {
    const { fetching, data } = work;
    const { follower } = fetching;
    switch (step) {
      case 'truncate': {
        const cut = follower.truncate({ epoch: leaderEpoch(data.divergingEpoch.epoch), endOffset: offset(data.divergingEpoch.endOffset) });
        return this.#changed(fetching, cut.ok ? ErrorCode.NONE : cut.error);
      }
      case 'append': {
        if (data.records === null || data.records.length === 0) return false;
        const appended = follower.append(data.records);
        return this.#changed(fetching, appended.ok ? ErrorCode.NONE : appended.error);
      }
      case 'highWatermark':
        follower.takeHighWatermark(offset(data.highWatermark));
        return false;
      case 'logStart': {
        if (data.logStartOffset <= follower.log.logStartOffset) return false;
        const advanced = follower.advanceLogStart(offset(data.logStartOffset));
        return this.#changed(fetching, advanced.ok ? ErrorCode.NONE : advanced.error);
      }
      case 'askOffsets':
        this.#askOffsets(fetching);
        return false;
      case 'backOff':
        this.#rest(fetching);
        return false;
      case 'awaitMetadata':
        // A newer role will add it again.
        this.remove(fetching.partition);
        return false;
      default:
        return unreachable(step);
    }
  }

  #changed(fetching: Fetching, error: ErrorCode): true {
    if (error === ErrorCode.NONE) this.#session.touch(fetching);
    else if (error === ErrorCode.KAFKA_STORAGE_ERROR) {
      this.remove(fetching.partition);
      this.#context.storageFailed(fetching.partition);
    } else this.#rest(fetching);
    return true;
  }

  #rest(fetching: Fetching): void {
    this.#pause(fetching);
    this.#context.world.clock.after(`fetch back-off ${fetching.partition.name}`, this.#context.fetch.replicaFetchBackoffMs, () =>
      this.#context.world.on(this.#lane, () => this.#resume(fetching)),
    );
  }

  #pause(fetching: Fetching): void {
    if (fetching.resting) return;
    fetching.resting = true;
    this.#ready--;
    this.#session.forget(fetching);
  }

  #resume(fetching: Fetching): void {
    if (this.#closed || !fetching.resting || !this.#current(fetching)) return;
    fetching.resting = false;
    this.#ready++;
    this.#session.touch(fetching);
    this.#wake();
  }

  /** The leader's log does not hold the offset: its end and then its start say what to do (AbstractFetcherThread.handleOutOfRangeError). */
  #askOffsets(fetching: Fetching): void {
    this.#pause(fetching);
    this.#askOffset(fetching, latestTimestamp, (leaderLogEnd) =>
      this.#askOffset(fetching, earliestTimestamp, (leaderLogStart) => {
        const recovered = fetching.follower.recoverRange(leaderLogStart, leaderLogEnd);
        if (recovered.ok) this.#resume(fetching);
        else this.#changed(fetching, recovered.error);
      }),
    );
  }

  #askOffset(fetching: Fetching, timestamp: number, told: (offset: Offset) => void): void {
    const { partition, follower } = fetching;
    const partitions = [{ partitionIndex: partition.index, currentLeaderEpoch: follower.epoch, timestamp }];
    const body = { replicaId: this.#context.brokerId, isolationLevel: 0, topics: [{ name: partition.topic, partitions }] };
    this.#channel.send(apis.listOffsets, body, (answer) => {
      if (this.#closed || !this.#current(fetching)) return;
      const found = answer.ok ? answer.value.topics[0]?.partitions[0] : undefined;
      if (found?.errorCode === ErrorCode.NONE && found.offset >= 0) told(offset(found.offset));
      else this.#rest(fetching);
    });
  }
}

const indexOf = (fetching: Fetching): number => fetching.partition.index;

/** Groups what is said of partitions by topic, in the order of their first partition; both names of a topic are given. */
function byTopic<T>(fetchings: readonly Fetching[], say: (fetching: Fetching) => T): readonly TopicGroup<T>[] {
  if (fetchings.length === 0) return noTopics;
  let topics: TopicGroup<T>[] | undefined;
  let group: TopicGroup<T> | undefined;
  for (const fetching of fetchings) {
    const { topic, topicId } = fetching.partition;
    if (group?.topicId !== topicId) group = topics?.find((candidate) => candidate.topicId === topicId);
    if (group !== undefined) group.partitions.push(say(fetching));
    else {
      group = { topic, topicId, partitions: [say(fetching)] };
      topics = append(topics, group);
    }
  }
  return topics ?? noTopics;
}
