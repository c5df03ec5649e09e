/** Readers of the workload: one that follows its topic for the whole run, and one that reads everything once at the end. */
import type { World } from '../../io/world.ts';
import { type Bootstrap, consumerConfig } from '../../kafka/client/config.ts';
import { Consumer, type PollResult } from '../../kafka/client/consumer.ts';
import type { ClientRules } from '../../kafka/client/rules.ts';
import { type Offset, offset } from '../../model/brand.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { History, Invocation } from '../history/history.ts';
import type { FinalReadOperation, PollOperation, ProcessId, ReadRecord } from '../history/operation.ts';
import { pollOperation, pollResult, readRecords } from './poll-result.ts';

const pollMs = 1000;
/** Before a poll after one that failed, and before a question is asked again. */
const pauseMs = 100;
/** Past the end of any log of a run. */
const farAhead = 1_000_000_000;
const two32 = 0x1_0000_0000;

export interface ReaderOptions {
  readonly id: string;
  readonly history: History;
  readonly process: ProcessId;
  readonly bootstrap: Bootstrap['bootstrapServers'];
  readonly rules: ClientRules;
  readonly partitions: readonly TopicPartition[];
  readonly fetchMaxWaitMs: number;
  /** 0 for none. */
  readonly seekEveryMs: number;
}

function consumerOf(world: World, options: ReaderOptions): Consumer {
  const config = consumerConfig({
    bootstrapServers: options.bootstrap,
    clientId: options.id,
    autoOffsetReset: 'earliest',
    fetchMaxWaitMs: options.fetchMaxWaitMs,
    requestTimeoutMs: 5000,
    allowAutoCreateTopics: false,
  });
  if (!config.ok) throw new Error(`consumer ${options.id}: ${config.error}`);
  return new Consumer(world, config.value, options.rules);
}

/** Reads its partitions from the beginning on, for as long as the run lasts. */
export class FollowingReader {
  readonly #world: World;
  readonly #options: ReaderOptions;
  readonly #consumer: Consumer;
  #stopped = false;

  constructor(world: World, options: ReaderOptions) {
    this.#world = world;
    this.#options = options;
    this.#consumer = consumerOf(world, options);
  }

  start(): void {
    const { history, process, partitions } = this.#options;
    history.ok(history.invoke(process, { type: 'assign', partitions }), { type: 'assign' });
    this.#consumer.assign(partitions);
    this.#poll(history.invoke(process, pollOperation));
    this.#seekLater();
  }

  stop(done: () => void): void {
    this.#stopped = true;
    this.#consumer.close(done);
  }

  #seekLater(): void {
    const { seekEveryMs } = this.#options;
    if (seekEveryMs === 0) return;
    const delayMs = Math.round(seekEveryMs * (0.5 + this.#draw('workload seek time', two32) / two32));
    this.#world.clock.after('workload seek', delayMs, () => {
      this.#world.on('requests', () => this.#seek());
      this.#seekLater();
    });
  }

  #seek(): void {
    if (this.#stopped) return;
    const { history, process, partitions } = this.#options;
    const partition = partitions[this.#draw('workload seek partition', partitions.length)];
    const position = partition === undefined ? undefined : this.#consumer.position(partition);
    if (partition === undefined || position === undefined) return;
    const way = this.#draw('workload seek way', 3);
    const to = way === 0 ? 'beginning' : offset(way === 1 ? Math.max(0, position - 10) : position + farAhead);
    history.ok(history.invoke(process, { type: 'seek', partition, to }), { type: 'seek' });
    if (to === 'beginning') this.#consumer.seekToBeginning([partition]);
    else this.#consumer.seek(partition, to);
  }

  #draw(name: string, below: number): number {
    return this.#world.random.uint32(name) % below;
  }

  /** An empty poll goes on in the same operation. */
  #poll(invocation: Invocation<PollOperation>): void {
    if (!this.#stopped) this.#consumer.poll(pollMs, (result) => this.#polled(invocation, result));
  }

  #polled(invocation: Invocation<PollOperation>, result: PollResult): void {
    const { history, process } = this.#options;
    if (result.type === 'failed') {
      this.#world.clock.after('workload poll', pauseMs, () => this.#world.on('requests', () => this.#poll(invocation)));
      return;
    }
    if (result.records.length === 0 && result.moved.length === 0) {
      this.#poll(invocation);
      return;
    }
    history.ok(invocation, pollResult(result.records, result.moved));
    this.#poll(history.invoke(process, pollOperation));
  }
}

interface Reading {
  readonly partition: TopicPartition;
  readonly invocation: Invocation<FinalReadOperation>;
  /** Rises when retention deletes what was not read yet. */
  start: Offset;
  readonly end: Offset;
  readonly records: ReadRecord[];
}

/** Reads its partitions once, from the beginning to what their ends are at the start. */
export class FinalReader {
  readonly #world: World;
  readonly #options: ReaderOptions;
  readonly #consumer: Consumer;
  readonly #done: () => void;
  #invocations: readonly Invocation<FinalReadOperation>[] = [];
  #left: Reading[] = [];

  /** `done` comes when every partition was read to its end. */
  constructor(world: World, options: ReaderOptions, done: () => void) {
    this.#world = world;
    this.#options = options;
    this.#consumer = consumerOf(world, options);
    this.#done = done;
  }

  /** The operation begins before its bounds are asked for: a record that comes in between may lie beyond them, and is not lost. */
  start(): void {
    const { history, process, partitions } = this.#options;
    this.#invocations = partitions.map((partition) => history.invoke<FinalReadOperation>(process, { type: 'finalRead', partition }));
    this.#consumer.assign(partitions);
    this.#bounds(
      (done) => this.#consumer.beginningOffsets(partitions, done),
      (starts) =>
        this.#bounds(
          (done) => this.#consumer.endOffsets(partitions, done),
          (ends) => this.#begin(starts, ends),
        ),
    );
  }

  /** Asks until there is an answer for every partition. */
  #bounds(ask: (done: Parameters<Consumer['endOffsets']>[1]) => void, then: (offsets: ReadonlyMap<TopicPartition, Offset>) => void): void {
    ask((answers) => {
      const offsets = new Map<TopicPartition, Offset>();
      for (const [partition, answer] of answers) if (answer.ok) offsets.set(partition, offset(answer.value.offset));
      if (offsets.size === this.#options.partitions.length) then(offsets);
      else this.#world.clock.after('workload bounds', pauseMs, () => this.#world.on('requests', () => this.#bounds(ask, then)));
    });
  }

  #begin(starts: ReadonlyMap<TopicPartition, Offset>, ends: ReadonlyMap<TopicPartition, Offset>): void {
    const { partitions } = this.#options;
    this.#left = this.#invocations.map((invocation) => ({
      partition: invocation.operation.partition,
      invocation,
      start: starts.get(invocation.operation.partition) ?? offset(0),
      end: ends.get(invocation.operation.partition) ?? offset(0),
      records: [],
    }));
    this.#consumer.seekToBeginning(partitions);
    this.#step();
  }

  #step(): void {
    this.#left = this.#left.filter((reading) => !this.#isRead(reading));
    if (this.#left.length === 0) this.#done();
    else this.#consumer.poll(pollMs, (result) => this.#polled(result));
  }

  #isRead({ partition, invocation, start, end, records }: Reading): boolean {
    const position = this.#consumer.position(partition);
    if (end > start && (position === undefined || position < end)) return false;
    this.#options.history.ok(invocation, { type: 'finalRead', start, end, records });
    return true;
  }

  #polled(result: PollResult): void {
    if (result.type === 'records') {
      for (const { type, partition, to } of result.moved) {
        const reading = this.#left.find((each) => each.partition === partition);
        // By its reset policy it goes on where the log begins by now.
        if (reading !== undefined && type === 'reset' && to > reading.start) reading.start = offset(to);
      }
      for (const polled of result.records) {
        const reading = this.#left.find((each) => each.partition === polled.partition);
        reading?.records.push(...readRecords(polled));
      }
    }
    this.#step();
  }
}
