/**
 * Kafka's producer without transactions: batches by partition, lingers, sends, retries, and gives each record exactly one outcome.
 * Owns the order of things (what is sent when, to whom); what an answer means is rules.ts, which partition a record goes to is
 * partition-choice.ts, what travels together is accumulator.ts, how batches are numbered so that brokers tell repetitions is idempotence.ts.
 * As KafkaProducer and Sender, but send() never blocks: a record waits in here for metadata and memory. Lane: requests.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { unreachable } from '../../model/invariant.ts';
import type { Result } from '../../model/result.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import { apis } from '../../protocol/apis.ts';
import type { ProduceRequestInput, ProduceResponse } from '../../protocol/messages/produce.ts';
import { batchHeaderBytes } from '../../protocol/records/batch-header.ts';
import type { Channel, RpcError } from '../rpc/channel.ts';
import { Accumulator, type PartitionQueue } from './accumulator.ts';
import { ClusterView } from './cluster-view.ts';
import type { ProducerConfig } from './config.ts';
import { Idempotence } from './idempotence.ts';
import type { IdempotentDecision } from './idempotence-rules.ts';
import { PartitionChoice } from './partition-choice.ts';
import { type PendingRecord, type ProduceBatch, type ProducerRecord, recordBytes, type SendOutcome } from './produce-batch.ts';
import { type ClientRules, errorOfRpc, kafkaClientRules, type ProduceDecision } from './rules.ts';

export type { ProducerRecord, SendOutcome } from './produce-batch.ts';

interface Flush {
  readonly left: Set<PendingRecord>;
  readonly done: () => void;
}

const never = Number.POSITIVE_INFINITY;
/** Produce version 13 names topics by id. */
const lastVersionWithNames = 12;

export class Producer {
  readonly #world: World;
  readonly #config: ProducerConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #lingerName: string;
  readonly #deliveryName: string;
  readonly #acks: number;
  readonly #cluster: ClusterView;
  readonly #accumulator: Accumulator;
  /** Undefined without enable.idempotence. */
  readonly #idempotence: Idempotence | undefined;
  readonly #partitions: PartitionChoice;
  /** Records that wait for metadata or memory, in the order of send(). */
  #blocked: PendingRecord[] = [];
  /** Batches without an outcome, in the order of their creation. */
  readonly #open = new Set<ProduceBatch>();
  #openBytes = 0;
  #flushes: Flush[] = [];
  #closing = false;
  #closed = false;
  #stepAsked = false;
  #wakeTimer: Timer | undefined;
  #wakeAtMs = never;
  #expiryTimer: Timer | undefined;
  #expiryAtMs = never;

  /** `name` is stable over runs and keys timers and randomness; the client id by default. */
  constructor(world: World, config: ProducerConfig, rules: ClientRules = kafkaClientRules, name = config.clientId) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
    this.#lingerName = `${name} linger`;
    this.#deliveryName = `${name} delivery timeout`;
    this.#acks = config.acks === 'all' ? -1 : config.acks;
    this.#accumulator = new Accumulator(config.batchSize);
    this.#partitions = new PartitionChoice(config, rules, world.random, name);
    this.#cluster = new ClusterView(world, config, rules, {
      name,
      maxInFlight: config.maxInFlightRequestsPerConnection,
      allowAutoTopicCreation: true,
      updated: () => this.#stepNow(),
      channelChanged: () => this.#stepNow(),
    });
    if (config.enableIdempotence) this.#idempotence = new Idempotence(world, config, rules, name, this.#cluster, () => this.#stepNow());
  }

  /** Records without an outcome. */
  get pending(): number {
    let records = this.#blocked.length;
    for (const batch of this.#open) records += batch.records.length;
    return records;
  }

  /**
   * Sends a record. `done` comes exactly once, in a step of the lane: acknowledged, or failed with what is known of the record's fate.
   * The bytes must not be changed before.
   */
  send(record: ProducerRecord, done: (outcome: SendOutcome) => void): void {
    const pending: PendingRecord = {
      topic: record.topic,
      partition: record.partition ?? -1,
      key: record.key ?? null,
      value: record.value ?? null,
      headers: record.headers ?? [],
      timestampMs: record.timestampMs ?? this.#world.clock.wallMs(),
      done,
      blockedUntilMs: this.#world.clock.monotonicMs() + this.#config.maxBlockMs,
    };
    const fatal = this.#idempotence?.fatal;
    if (this.#closing) this.#refuse(pending, ErrorCode.OPERATION_NOT_ATTEMPTED);
    else if (fatal !== undefined) this.#refuse(pending, fatal);
    else if (batchHeaderBytes + recordBytes(pending) > this.#config.maxRequestSize) this.#refuse(pending, ErrorCode.MESSAGE_TOO_LARGE);
    else {
      this.#cluster.want(record.topic);
      // What waits for the same topic goes first.
      if (this.#blocked.length > 0 || !this.#accept(pending)) {
        this.#blocked.push(pending);
        this.#wake();
      }
    }
  }

  /** Sends all that waits without lingering; `done` when everything sent so far has its outcome. */
  flush(done: () => void): void {
    const left = new Set(this.#blocked);
    for (const batch of this.#open) for (const record of batch.records) left.add(record);
    this.#flushes.push({ left, done });
    this.#wake();
  }

  /**
   * Takes no more records, sends what is there, then closes the connections. What has no outcome after `timeoutMs` fails.
   * Idempotent; `done` comes once for each call that is the first.
   */
  close(done: () => void = () => {}, timeoutMs = this.#config.deliveryTimeoutMs): void {
    if (this.#closing) return;
    this.#closing = true;
    const timer = this.#world.clock.after(`${this.#name} close`, timeoutMs, () => this.#world.on('requests', () => this.#abandon()));
    this.flush(() => {
      timer.cancel();
      this.#closed = true;
      this.#wakeTimer?.cancel();
      this.#expiryTimer?.cancel();
      this.#idempotence?.close();
      this.#cluster.close();
      done();
    });
  }

  #abandon(error: number = timedOut): void {
    for (const record of this.#blocked.splice(0)) this.#end(record, { type: 'failed', partition: -1, error, certainty: 'definite' });
    for (const batch of [...this.#open]) this.#giveUp(batch, error);
    this.#endFlushes();
  }

  #refuse(record: PendingRecord, error: number): void {
    this.#world.on('requests', () => this.#end(record, { type: 'failed', partition: record.partition, error, certainty: 'definite' }));
  }

  #end(record: PendingRecord, outcome: SendOutcome): void {
    for (const flush of this.#flushes) flush.left.delete(record);
    record.done(outcome);
  }

  /** Puts a record into a batch; false when it must wait for metadata or memory. */
  #accept(record: PendingRecord): boolean {
    const view = this.#cluster.topic(record.topic);
    if (view === undefined || view.partitions.length === 0 || record.partition >= view.partitions.length) return false;
    const bytes = recordBytes(record);
    if (this.#openBytes + bytes > this.#config.bufferMemory && this.#openBytes > 0) return false;
    const index = this.#partitions.choose(record, view);
    const nowMs = this.#world.clock.monotonicMs();
    const { batch, queue, newBatch } = this.#accumulator.append(record, index, nowMs);
    this.#openBytes += bytes;
    const full = this.#accumulator.full(queue);
    this.#partitions.took(record, index, bytes, full);
    if (newBatch) {
      this.#open.add(batch);
      this.#expireAt(nowMs + this.#config.deliveryTimeoutMs);
    }
    if (newBatch || full) this.#wake();
    return true;
  }

  /** Asks for a step; one is enough. */
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
    if (this.#closed) return;
    const nowMs = this.#world.clock.monotonicMs();
    // What this part puts into batches is looked at below: it need not ask for a step.
    this.#stepAsked = true;
    let wakeAtMs = this.#unblock(nowMs);
    this.#stepAsked = false;
    this.#idempotence?.prepare();
    if (this.#idempotence?.fatal !== undefined) this.#abandon(this.#idempotence.fatal);
    const sendable = this.#sendable(nowMs, (atMs) => {
      wakeAtMs = Math.min(wakeAtMs, atMs);
    });
    for (const [node, queues] of sendable) this.#sendTo(node, queues, nowMs);
    this.#endFlushes();
    this.#wakeAt(wakeAtMs, nowMs);
  };

  /** Moves on the records that waited for metadata or memory; answers when the next one has waited too long. */
  #unblock(nowMs: number): number {
    if (this.#blocked.length === 0) return never;
    const blocked = this.#blocked;
    this.#blocked = [];
    let deadlineMs = never;
    const stuck = new Set<string>();
    for (const record of blocked) {
      const problem = this.#hopeless(record);
      if (problem !== undefined || record.blockedUntilMs <= nowMs)
        this.#end(record, { type: 'failed', partition: record.partition, error: problem ?? timedOut, certainty: 'definite' });
      else if (stuck.has(record.topic) || !this.#accept(record)) {
        stuck.add(record.topic);
        this.#blocked.push(record);
        deadlineMs = Math.min(deadlineMs, record.blockedUntilMs);
        const view = this.#cluster.topic(record.topic);
        if (view !== undefined && record.partition >= view.partitions.length) this.#cluster.requestUpdate();
      }
    }
    return deadlineMs;
  }

  /** An error of the topic that waiting does not cure. */
  #hopeless(record: PendingRecord): number | undefined {
    const error = this.#cluster.topic(record.topic)?.error ?? ErrorCode.NONE;
    return error === ErrorCode.NONE || this.#rules.refreshMetadata(error) ? undefined : error;
  }

  /** The queues that may be sent from now, by leader, of those leaders for which something is due. */
  #sendable(nowMs: number, notBefore: (atMs: number) => void): ReadonlyMap<number, readonly PartitionQueue[]> {
    let byLeader: Map<number, PartitionQueue[]> | undefined;
    let due: Set<number> | undefined;
    const pressed = this.#flushes.length > 0 || this.#closing || this.#blocked.length > 0;
    const inOrder = this.#config.maxInFlightRequestsPerConnection === 1;
    for (const queue of this.#accumulator.queues) {
      const batch = queue.batches[0];
      // With one request in flight a partition's next batch waits for the answer to the one before, wherever its leader is now.
      if (batch === undefined || (inOrder && queue.inFlight > 0)) continue;
      const view = this.#cluster.partition(queue.topic, queue.index);
      if (view === undefined || view.leader < 0) {
        this.#cluster.requestUpdate();
        continue;
      }
      if (this.#backsOff(batch, nowMs)) {
        notBefore(batch.notBeforeMs);
        continue;
      }
      // The answer that it waits for is followed by a step.
      if (!this.#mayGo(batch, nowMs)) continue;
      byLeader ??= new Map();
      const queues = byLeader.get(view.leader);
      if (queues === undefined) byLeader.set(view.leader, [queue]);
      else queues.push(queue);
      const lingersUntilMs = batch.createdMs + this.#config.lingerMs;
      if (pressed || batch.retried > 0 || lingersUntilMs <= nowMs || this.#accumulator.full(queue)) {
        due ??= new Set();
        due.add(view.leader);
      } else notBefore(lingersUntilMs);
    }
    if (byLeader === undefined || due === undefined) return noQueues;
    for (const leader of byLeader.keys()) if (!due.has(leader)) byLeader.delete(leader);
    return byLeader;
  }

  #sendTo(node: number, queues: readonly PartitionQueue[], nowMs: number): void {
    const channel = this.#cluster.channel(node);
    if (channel === undefined) this.#cluster.requestUpdate();
    // The step that follows the connection's being ready, or the next answer, comes back to these batches.
    else if (channel.state !== 'ready') channel.connect();
    else
      while (channel.pending < this.#config.maxInFlightRequestsPerConnection) {
        const batches = this.#accumulator.drain(node, queues, this.#config.maxRequestSize, (batch) => this.#mayGo(batch, nowMs));
        if (batches.length > 0) this.#transmit(channel, batches);
        if (!queues.some((queue) => this.#accumulator.full(queue) && this.#mayGo(queue.batches[0], nowMs))) return;
      }
  }

  #mayGo(batch: ProduceBatch | undefined, nowMs: number): boolean {
    return batch !== undefined && !this.#backsOff(batch, nowMs) && (this.#idempotence?.mayGo(batch) ?? true);
  }

  /** A batch that failed waits, unless its partition has a new leader by now (KIP-951). */
  #backsOff(batch: ProduceBatch | undefined, nowMs: number): boolean {
    if (batch === undefined || batch.notBeforeMs <= nowMs) return false;
    const epoch = this.#cluster.partition(batch.topic, batch.index)?.leaderEpoch ?? -1;
    return batch.sentInEpoch < 0 || !this.#rules.newerLeader(batch.sentInEpoch, epoch);
  }

  #transmit(channel: Channel, batches: readonly ProduceBatch[]): void {
    let named = false;
    const topics = new Map<string, { index: number; records: Uint8Array }[]>();
    for (const batch of batches) {
      this.#idempotence?.number(batch);
      batch.inFlight = true;
      batch.renumbered = false;
      batch.sentInEpoch = this.#cluster.partition(batch.topic, batch.index)?.leaderEpoch ?? -1;
      const queue = this.#accumulator.queueOf(batch);
      if (queue !== undefined) queue.inFlight++;
      if (this.#topicId(batch.topic) === zeroUuid) named = true;
      const partition = { index: batch.index, records: batch.encoded(this.#config.compressionType) };
      const partitions = topics.get(batch.topic);
      if (partitions === undefined) topics.set(batch.topic, [partition]);
      else partitions.push(partition);
    }
    const body: ProduceRequestInput = {
      acks: this.#acks,
      timeoutMs: this.#config.requestTimeoutMs,
      topicData: [...topics].map(([name, partitionData]) => ({ name, topicId: this.#topicId(name), partitionData })),
    };
    const options = named ? { maxVersion: lastVersionWithNames } : undefined;
    if (this.#acks === 0) channel.tell(apis.produce, body, (result) => this.#told(batches, result), options);
    else channel.send(apis.produce, body, (result) => this.#answered(batches, result), options);
  }

  #topicId(topic: string): Uuid {
    return this.#cluster.topic(topic)?.id ?? zeroUuid;
  }

  #told(batches: readonly ProduceBatch[], result: Result<void, RpcError>): void {
    const error = result.ok ? ErrorCode.NONE : errorOfRpc(result.error);
    for (const batch of batches) this.#settle(batch, error, -1, result.ok);
    this.#stepNow();
  }

  #answered(batches: readonly ProduceBatch[], result: Result<ProduceResponse, RpcError>): void {
    if (result.ok) this.#settleAll(batches, result.value);
    else for (const batch of batches) this.#settle(batch, errorOfRpc(result.error), -1, false);
    this.#stepNow();
  }

  #settleAll(batches: readonly ProduceBatch[], response: ProduceResponse): void {
    const left = new Set(batches);
    const endpoints = response.nodeEndpoints.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }));
    for (const topic of response.responses) {
      const name = topic.name !== '' ? topic.name : this.#cluster.topicName(topic.topicId);
      for (const partition of topic.partitionResponses) {
        const batch = batches.find((sent) => sent.index === partition.index && sent.topic === name && left.has(sent));
        if (batch === undefined) continue;
        left.delete(batch);
        const { leaderId, leaderEpoch } = partition.currentLeader;
        if (leaderId >= 0) this.#cluster.learned(batch.topic, batch.index, leaderId, leaderEpoch, endpoints);
        this.#settle(batch, partition.errorCode, partition.baseOffset, true);
      }
    }
    // A broker that leaves out a partition has said nothing about it.
    for (const batch of left) this.#settle(batch, ErrorCode.NETWORK_EXCEPTION, -1, false);
  }

  /** Takes the end of one attempt; `answered` is false where the error only stands for no answer. */
  #settle(batch: ProduceBatch, error: number, baseOffset: number, answered: boolean): void {
    const queue = this.#accumulator.queueOf(batch);
    batch.inFlight = false;
    if (queue !== undefined) queue.inFlight--;
    if (this.#rules.refreshMetadata(error)) this.#cluster.requestUpdate();
    // It ran out of time while it was away.
    if (batch.ended || queue === undefined) return;
    const nowMs = this.#world.clock.monotonicMs();
    const decision = this.#decide(batch, error, nowMs);
    if (error !== ErrorCode.NONE && this.#rules.certainty(error) === 'indeterminate') batch.maybeWritten = true;
    switch (decision.type) {
      case 'acknowledged':
        this.#forget(batch);
        this.#idempotence?.acknowledged(batch);
        batch.acknowledge(baseOffset);
        this.#ended(batch);
        return;
      case 'failed':
        this.#forget(batch);
        this.#failed(batch, error, decision);
        batch.fail(error, decision.certainty);
        this.#ended(batch);
        return;
      case 'retry': {
        const draw = this.#world.random.uint32(`${this.#name} produce ${batch.partition}`);
        const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
        batch.notBeforeMs = nowMs + this.#rules.backoffMs(backoff, batch.retried, draw);
        batch.retried++;
        this.#putBack(queue, batch);
        if ('bumpEpoch' in decision && decision.bumpEpoch) this.#idempotence?.requireBump(batch.partition);
        this.#world.observe({ type: 'produceRetried', partition: batch.partition, error: answered ? error : -1 });
        return;
      }
      case 'split': {
        const halves = batch.split();
        this.#open.delete(batch);
        for (const half of halves) this.#open.add(half);
        this.#idempotence?.split(batch, halves);
        this.#putBack(queue, ...halves);
        return;
      }
      default:
        unreachable(decision);
    }
  }

  #decide(batch: ProduceBatch, error: number, nowMs: number): ProduceDecision | IdempotentDecision {
    const attempt = {
      error,
      retried: batch.retried,
      retries: this.#config.retries,
      expired: nowMs >= batch.createdMs + this.#config.deliveryTimeoutMs,
      records: batch.records.length,
      maybeWritten: batch.maybeWritten,
    };
    if (this.#idempotence === undefined) return this.#rules.afterProduce(attempt);
    return this.#rules.idempotence.afterProduce(attempt, this.#idempotence.standing(batch), this.#rules.certainty(error));
  }

  /** Without idempotence later batches may have overtaken it by now; with it they wait behind it. */
  #putBack(queue: PartitionQueue, ...batches: readonly ProduceBatch[]): void {
    const idempotence = this.#idempotence;
    if (idempotence === undefined) this.#accumulator.putBack(queue, ...batches);
    else for (const batch of batches) this.#accumulator.putInOrder(queue, batch, (waiting, other) => idempotence.before(waiting, other));
  }

  #failed(batch: ProduceBatch, error: number, decision: Extract<ProduceDecision | IdempotentDecision, { type: 'failed' }>): void {
    if (this.#idempotence === undefined || !('consequence' in decision)) return;
    if (decision.consequence === 'unresolved') this.#idempotence.leftUnresolved(batch);
    else this.#idempotence.refused(batch);
    if (decision.consequence === 'fatal') this.#idempotence.fail(error);
  }

  /** A batch whose time is over: what is known of its fate depends on whether it was ever sent. */
  #giveUp(batch: ProduceBatch, error: number): void {
    this.#accumulator.remove(batch);
    this.#forget(batch);
    this.#idempotence?.leftUnresolved(batch);
    batch.fail(error, batch.inFlight || batch.maybeWritten ? 'indeterminate' : 'definite');
    this.#ended(batch);
  }

  #forget(batch: ProduceBatch): void {
    this.#open.delete(batch);
    this.#openBytes -= batch.bytes - batchHeaderBytes;
  }

  #ended(batch: ProduceBatch): void {
    if (this.#flushes.length === 0) return;
    for (const flush of this.#flushes) for (const record of batch.records) flush.left.delete(record);
    this.#endFlushes();
  }

  #endFlushes(): void {
    if (this.#flushes.every((flush) => flush.left.size > 0)) return;
    const ended = this.#flushes.filter((flush) => flush.left.size === 0);
    this.#flushes = this.#flushes.filter((flush) => flush.left.size > 0);
    for (const flush of ended) flush.done();
  }

  #wakeAt(atMs: number, nowMs: number): void {
    if (atMs === this.#wakeAtMs || this.#closed) return;
    this.#wakeTimer?.cancel();
    this.#wakeAtMs = atMs;
    if (atMs === never) return;
    this.#wakeTimer = this.#world.clock.after(this.#lingerName, Math.max(0, atMs - nowMs), () => {
      this.#wakeAtMs = never;
      this.#wake();
    });
  }

  /** Looks for batches that ran out of time at this moment, or earlier. The timer is left where it is when batches end. */
  #expireAt(atMs: number): void {
    if (atMs >= this.#expiryAtMs || this.#closed) return;
    this.#expiryTimer?.cancel();
    this.#expiryAtMs = atMs;
    const delayMs = Math.max(0, atMs - this.#world.clock.monotonicMs());
    this.#expiryTimer = this.#world.clock.after(this.#deliveryName, delayMs, () => this.#world.on('requests', this.#expire));
  }

  readonly #expire = (): void => {
    this.#expiryAtMs = never;
    const nowMs = this.#world.clock.monotonicMs();
    for (const batch of [...this.#open]) if (nowMs >= batch.createdMs + this.#config.deliveryTimeoutMs) this.#giveUp(batch, timedOut);
    let nextMs = never;
    for (const batch of this.#open) nextMs = Math.min(nextMs, batch.createdMs + this.#config.deliveryTimeoutMs);
    if (nextMs !== never) this.#expireAt(nextMs);
    this.#wake();
  };
}

const timedOut = ErrorCode.REQUEST_TIMED_OUT;
const noQueues: ReadonlyMap<number, readonly PartitionQueue[]> = new Map();
