/**
 * A scripted cluster for tests of the clients: brokers made of serve(), partitions that all of them share, and a script that decides
 * what a broker does with a produce or a fetch. No replication: a test says who leads, in which epoch, and when a log is cut.
 */
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../src/io/world.ts';
import type { Bootstrap } from '../../../src/kafka/client/config.ts';
import { Routes } from '../../../src/kafka/rpc/routes.ts';
import { type RequestContext, serve } from '../../../src/kafka/rpc/server.ts';
import { kafkaProducerRules, type ProducerEntry, type ProducerRules } from '../../../src/kafka/rules/producer.ts';
import { leaderEpoch, offset } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { type Uuid, uuidFromWords } from '../../../src/model/uuid.ts';
import { advertised, apis } from '../../../src/protocol/apis.ts';
import type { FetchRequest, FetchResponseInput } from '../../../src/protocol/messages/fetch.ts';
import type { ListOffsetsRequest, ListOffsetsResponseInput } from '../../../src/protocol/messages/list-offsets.ts';
import type { MetadataRequest, MetadataResponseInput } from '../../../src/protocol/messages/metadata.ts';
import type { OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponseInput } from '../../../src/protocol/messages/offset-for-leader-epoch.ts';
import type { ProduceRequest, ProduceResponseInput } from '../../../src/protocol/messages/produce.ts';
import { BatchView, stampBatch } from '../../../src/protocol/records/batch-header.ts';
import { decodeRecords } from '../../../src/protocol/records/decode.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { sequenceAfter } from '../../../src/protocol/records/sequence.ts';

export class FakePartition {
  leader: number;
  epoch = 0;
  start = 0;
  batches: BatchView[] = [];
  /** Where each epoch begins. */
  epochs: { epoch: number; start: number }[] = [{ epoch: 0, start: 0 }];

  /** What is known of producers; a test clears it for a leader that lost it, or says how it judges. */
  readonly producers = new Map<number, ProducerEntry>();
  producerRules: ProducerRules = kafkaProducerRules;

  constructor(leader: number) {
    this.leader = leader;
  }

  get end(): number {
    const last = this.batches.at(-1);
    return last === undefined ? this.start : last.lastOffset + 1;
  }

  lead(leader: number): void {
    this.leader = leader;
    this.epoch++;
    this.epochs.push({ epoch: this.epoch, start: this.end });
  }

  append(bytes: Uint8Array): number {
    const base = this.end;
    const copy = bytes.slice();
    stampBatch(copy, 0, offset(base), leaderEpoch(this.epoch));
    this.batches.push(new BatchView(copy, 0));
    return base;
  }

  /** Appends what an idempotent producer may append; an error, or where the batch stands. */
  take(bytes: Uint8Array): { readonly errorCode: number; readonly baseOffset: number } {
    const view = new BatchView(bytes, 0);
    const { producerId, producerEpoch: epoch, baseSequence: firstSequence } = view;
    if (producerId < 0) return { errorCode: 0, baseOffset: this.append(bytes) };
    const lastSequence = sequenceAfter(firstSequence, view.lastOffsetDelta);
    const batch = { producerId, epoch, firstSequence, lastSequence, transactional: view.isTransactional, marker: undefined };
    const entry = this.producers.get(producerId);
    const verdict = this.producerRules.checkSequence(entry, batch);
    if (verdict.type === 'refused') return { errorCode: verdict.error, baseOffset: -1 };
    if (verdict.type === 'duplicate') return { errorCode: 0, baseOffset: verdict.batch.firstOffset };
    const firstOffset = offset(this.append(bytes));
    const next = this.producerRules.afterAppend(entry, { ...batch, firstOffset, lastOffset: offset(this.end - 1), timestampMs: 0 }, 'leader');
    if (next !== undefined) this.producers.set(producerId, next);
    return { errorCode: 0, baseOffset: firstOffset };
  }

  put(...values: readonly string[]): void {
    this.append(encodeBatch({ records: values.map((value) => ({ key: null, value: Buffer.from(value), timestampMs: 1000 + this.end })) }));
  }

  truncateTo(to: number): void {
    this.batches = this.batches.filter((batch) => batch.lastOffset < to);
    this.epochs = this.epochs.filter(({ start }, at) => at === 0 || start < to);
  }

  get values(): readonly string[] {
    return this.batches.flatMap((batch) => {
      const records = decodeRecords(batch);
      return records.ok ? records.value.map(({ value }) => Buffer.from(value ?? []).toString()) : [];
    });
  }
}

/** What a broker does with one partition of a produce: append and answer, also that too few replicas have it, one error, or fall silent with or without the append. */
export type ProduceScript = 'append' | 'append-alone' | 'append-silently' | 'silent' | 'disconnect' | number;

export class FakeCluster {
  readonly simulator: Simulator;
  readonly brokers: readonly VirtualHost[];
  readonly client: VirtualHost;
  readonly topics = new Map<string, { id: Uuid; partitions: FakePartition[] }>();
  /** Sees every produce before it is served. */
  produceScript: (broker: number, topic: string, index: number, values: readonly string[]) => ProduceScript = () => 'append';
  /** An error for a whole fetch, such as a lost session. */
  fetchScript: (broker: number, body: FetchRequest) => number = () => ErrorCode.NONE;
  /** An error for a request for a producer id. */
  producerIdScript: (broker: number) => number = () => ErrorCode.NONE;
  nextProducerId = 1000;
  firstEpoch = 0;
  readonly produces: { broker: number; atMs: number; version: number; batches: string[] }[] = [];
  readonly fetches: { broker: number; atMs: number; body: FetchRequest }[] = [];
  metadataRequests = 0;
  /** Brokers that answer no request for metadata. */
  silentMetadata = false;
  /** What metadata says instead of the truth: brokers that have not heard of the last election. */
  staleLeaders: Map<FakePartition, { leader: number; epoch: number }> | undefined;
  /** Highest versions by API key, for brokers of another age. */
  readonly maxVersions = new Map<number, number>();
  sessions = true;
  readonly #extend: (routes: Routes, broker: number) => void;
  #nextSession = 1;
  world: World | undefined;
  readonly #sessions = new Map<number, { epoch: number; partitions: Map<string, FetchPosition> }>();

  /** `extend` adds APIs to a broker before it starts. */
  constructor(count = 3, seed = 'client', extend: (routes: Routes, broker: number) => void = () => undefined) {
    this.#extend = extend;
    this.simulator = new Simulator({ seed });
    this.brokers = Array.from({ length: count }, (_, at) => this.simulator.host(`b${at + 1}`, { id: at + 1 }));
    this.client = this.simulator.host('client', { id: 100 });
    this.client.boot((world) => {
      this.world = world;
    });
    for (const broker of this.brokers) this.boot(broker.id);
  }

  get clientWorld(): World {
    if (this.world === undefined) throw new Error('the client runs');
    return this.world;
  }

  get bootstrap(): Bootstrap & { clientId: string } {
    return { bootstrapServers: this.brokers.map(({ name }) => ({ host: name, port: 9092 })), clientId: 'tester' };
  }

  get nowMs(): number {
    return this.simulator.nowUs / 1000;
  }

  topic(name: string, leaders: readonly number[]): readonly FakePartition[] {
    const partitions = leaders.map((leader) => new FakePartition(leader));
    this.topics.set(name, { id: uuidFromWords(this.topics.size + 1, 2, 3, 4), partitions });
    return partitions;
  }

  passMs(ms: number): void {
    this.simulator.run(this.simulator.nowUs + ms * 1000);
  }

  broker(id: number): VirtualHost {
    const broker = this.brokers[id - 1];
    if (broker === undefined) throw new Error(`no broker ${id}`);
    return broker;
  }

  boot(id: number): void {
    const routes = new Routes();
    routes.on(apis.apiVersions, (context) =>
      context.respond({
        errorCode: 0,
        apiKeys: routes.apis.flatMap((api) => {
          if (api.broker === undefined) return [];
          const range = advertised(api, api.broker);
          return [{ apiKey: api.key, minVersion: range.min, maxVersion: this.maxVersions.get(api.key) ?? range.max }];
        }),
      }),
    );
    routes.on(apis.metadata, (context, body) => {
      if (!this.silentMetadata) context.respond(this.#metadata(body));
    });
    routes.on(apis.produce, (context, body) => this.#produce(id, context, body));
    routes.on(apis.initProducerId, (context) => {
      const errorCode = this.producerIdScript(id);
      context.respond({
        throttleTimeMs: 0,
        errorCode,
        producerId: errorCode === 0 ? this.nextProducerId++ : -1,
        producerEpoch: errorCode === 0 ? this.firstEpoch : -1,
      });
    });
    routes.on(apis.listOffsets, (context, body) => context.respond(this.#listOffsets(id, body)));
    routes.on(apis.offsetForLeaderEpoch, (context, body) => context.respond(this.#epochEnds(id, body)));
    this.#extend(routes, id);
    this.broker(id).boot((world) => {
      routes.on(apis.fetch, (context, body) => this.#fetch(id, world, context, body));
      serve(world, { port: 9092, listener: 'broker', maxFrameBytes: 104_857_600, apis: routes.apis }, routes.handle);
    });
  }

  #metadata(body: MetadataRequest): MetadataResponseInput {
    this.metadataRequests++;
    const names = body.topics?.map((topic) => topic.name ?? '') ?? [...this.topics.keys()];
    return {
      brokers: this.brokers.filter(({ up }) => up).map(({ id, name }) => ({ nodeId: id, host: name, port: 9092 })),
      clusterId: 'fake',
      controllerId: this.brokers.find(({ up }) => up)?.id ?? -1,
      topics: names.map((name) => {
        const topic = this.topics.get(name);
        if (topic === undefined) return { name, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] };
        const told = topic.partitions.map((partition) => this.staleLeaders?.get(partition) ?? partition);
        const partitions = told.map(({ leader, epoch }, partitionIndex) => ({
          errorCode: leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : 0,
          partitionIndex,
          leaderId: leader,
          leaderEpoch: epoch,
          replicaNodes: this.brokers.map(({ id }) => id),
          isrNodes: [leader],
        }));
        return { name, topicId: topic.id, errorCode: 0, partitions };
      }),
    };
  }

  find(name: string, id: Uuid): readonly [string, FakePartition[]] {
    for (const [topic, { id: topicId, partitions }] of this.topics) if (topic === name || topicId === id) return [topic, partitions];
    return [name, []];
  }

  #produce(broker: number, context: RequestContext<ProduceResponseInput>, body: ProduceRequest): void {
    const seen = { broker, atMs: this.nowMs, version: context.apiVersion, batches: [] as string[] };
    this.produces.push(seen);
    let silent = false;
    const responses = body.topicData.map(({ name, topicId, partitionData }) => {
      const [topic, partitions] = this.find(name, topicId);
      const partitionResponses = partitionData.map(({ index, records }) => {
        const partition = partitions[index];
        if (partition === undefined || records === null) return { index, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1 };
        const batch = decodeRecords(new BatchView(records, 0));
        const values = batch.ok ? batch.value.map(({ value }) => Buffer.from(value ?? []).toString()) : ['nonsense'];
        seen.batches.push(`${topic}-${index}:${values.join(',')}`);
        if (partition.leader !== broker) {
          const currentLeader = { leaderId: partition.leader, leaderEpoch: partition.epoch };
          return { index, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, baseOffset: -1, currentLeader };
        }
        const script = this.produceScript(broker, topic, index, values);
        if (typeof script === 'number') return { index, errorCode: script, baseOffset: -1 };
        if (script === 'silent' || script === 'append-silently') silent = true;
        if (script === 'disconnect') context.disconnect();
        const taken = script.startsWith('append') ? partition.take(records) : { errorCode: 0, baseOffset: -1 };
        if (script === 'append-alone' && taken.errorCode === 0)
          return { index, errorCode: ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, baseOffset: -1 };
        return { index, ...taken };
      });
      return { name, topicId, partitionResponses };
    });
    const nodeEndpoints = this.brokers.filter(({ up }) => up).map(({ id, name }) => ({ nodeId: id, host: name, port: 9092 }));
    if (body.acks === 0) context.noResponse();
    else if (!silent) context.respond({ responses, ...(context.apiVersion >= 10 ? { nodeEndpoints } : {}) });
  }

  #fetch(broker: number, world: World, context: RequestContext<FetchResponseInput>, body: FetchRequest): void {
    this.fetches.push({ broker, atMs: this.nowMs, body });
    const error = this.fetchScript(broker, body);
    const session = error === ErrorCode.NONE ? this.#session(body) : error;
    if (typeof session === 'number') {
      context.respond({ errorCode: session, sessionId: 0, responses: [] });
      return;
    }
    const [sessionId, positions] = session;
    const untilMs = this.nowMs + body.maxWaitMs;
    // Looks again every 10 ms until there is something or the wait is over.
    const answer = () => {
      if (context.closed) return;
      const responses = positions.flatMap((position) => {
        const found = this.#read(broker, position);
        return found === undefined ? [] : [{ topic: position.topic, topicId: position.topicId, partitions: [found] }];
      });
      if (responses.length > 0 || this.nowMs >= untilMs) context.respond({ errorCode: 0, sessionId, responses });
      else world.clock.after('fake fetch', 10, answer);
    };
    answer();
  }

  #session(body: FetchRequest): number | readonly [number, readonly FetchPosition[]] {
    const told = body.topics.flatMap(({ topic, topicId, partitions }) => partitions.map((partition) => ({ topic, topicId, ...partition })));
    if (!this.sessions || body.sessionEpoch === -1) {
      this.#sessions.delete(body.sessionId);
      return [0, told];
    }
    const key = (position: { topic: string; topicId: Uuid; partition: number }) => `${position.topic}${position.topicId}-${position.partition}`;
    if (body.sessionEpoch === 0) {
      this.#sessions.delete(body.sessionId);
      const id = this.#nextSession++;
      this.#sessions.set(id, { epoch: 1, partitions: new Map(told.map((position) => [key(position), position])) });
      return [id, told];
    }
    const session = this.#sessions.get(body.sessionId);
    if (session === undefined) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
    if (session.epoch !== body.sessionEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
    session.epoch++;
    for (const position of told) session.partitions.set(key(position), position);
    for (const { topic, topicId, partitions } of body.forgottenTopicsData)
      for (const partition of partitions) session.partitions.delete(key({ topic, topicId, partition }));
    return [body.sessionId, [...session.partitions.values()]];
  }

  forgetSessions(): void {
    this.#sessions.clear();
  }

  get openSessions(): number {
    return this.#sessions.size;
  }

  /** What a fetch finds in one partition; undefined when there is nothing to say. */
  #read(broker: number, position: FetchPosition) {
    const [, partitions] = this.find(position.topic, position.topicId);
    const partition = partitions[position.partition];
    const none = { partitionIndex: position.partition, highWatermark: -1, abortedTransactions: null, records: null };
    if (partition === undefined) return { ...none, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
    const currentLeader = { leaderId: partition.leader, leaderEpoch: partition.epoch };
    if (partition.leader !== broker) return { ...none, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, currentLeader };
    if (position.currentLeaderEpoch >= 0 && position.currentLeaderEpoch < partition.epoch)
      return { ...none, errorCode: ErrorCode.FENCED_LEADER_EPOCH, currentLeader };
    if (position.currentLeaderEpoch > partition.epoch) return { ...none, errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH };
    if (position.fetchOffset < partition.start || position.fetchOffset > partition.end) return { ...none, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE };
    const found = partition.batches.filter((batch) => batch.lastOffset >= position.fetchOffset);
    if (found.length === 0) return undefined;
    const records = Buffer.concat(found.map((batch) => batch.bytes));
    return { ...none, errorCode: 0, highWatermark: partition.end, records };
  }

  #listOffsets(broker: number, body: ListOffsetsRequest): ListOffsetsResponseInput {
    return {
      topics: body.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          const partition = this.topics.get(name)?.partitions[partitionIndex];
          if (partition?.leader !== broker) return { partitionIndex, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
          if (timestamp === -1) return { partitionIndex, errorCode: 0, offset: partition.end, leaderEpoch: partition.epoch };
          if (timestamp === -2) return { partitionIndex, errorCode: 0, offset: partition.start, leaderEpoch: partition.epoch };
          const found = partition.batches
            .flatMap((batch) => {
              const records = decodeRecords(batch);
              return records.ok ? records.value : [];
            })
            .find((record) => record.timestampMs >= timestamp);
          return { partitionIndex, errorCode: 0, offset: found?.offset ?? -1, timestamp: found?.timestampMs ?? -1, leaderEpoch: partition.epoch };
        }),
      })),
    };
  }

  #epochEnds(broker: number, body: OffsetForLeaderEpochRequest): OffsetForLeaderEpochResponseInput {
    return {
      topics: body.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((asked) => {
          const partition = this.topics.get(topic)?.partitions[asked.partition];
          if (partition?.leader !== broker) return { partition: asked.partition, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
          if (asked.currentLeaderEpoch < partition.epoch) return { partition: asked.partition, errorCode: ErrorCode.FENCED_LEADER_EPOCH };
          const known = partition.epochs.findLast(({ epoch }) => epoch <= asked.leaderEpoch);
          const next = partition.epochs.find(({ epoch }) => epoch > asked.leaderEpoch);
          return {
            partition: asked.partition,
            errorCode: 0,
            leaderEpoch: known?.epoch ?? -1,
            endOffset: known === undefined ? -1 : (next?.start ?? partition.end),
          };
        }),
      })),
    };
  }
}

interface FetchPosition {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
}
