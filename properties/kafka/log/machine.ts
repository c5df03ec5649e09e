/**
 * One virtual machine with a log manager on it, and what a test needs to know of it from outside: what it told, what lies on its disk.
 * A test acts in steps; a power loss inside one leaves the machine down.
 */
import type { Disk } from '../../../src/io/disk.ts';
import type { BatchSummary, NodeEvent } from '../../../src/io/node-event.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../src/io/world.ts';
import { keepsAll, type LogConfig, type LogManagerConfig } from '../../../src/kafka/log/log-config.ts';
import { LogManager } from '../../../src/kafka/log/log-manager.ts';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import { kafkaLogRules, type LogRules } from '../../../src/kafka/rules/log.ts';
import { kafkaProducerRules, type ProducerRules } from '../../../src/kafka/rules/producer.ts';
import { type BrokerEpoch, brokerEpoch, leaderEpoch, type Offset, offset } from '../../../src/model/brand.ts';
import type { ErrorCode } from '../../../src/model/error-code.ts';
import type { Result } from '../../../src/model/result.ts';
import { type TopicPartition, topicPartition } from '../../../src/model/topic-partition.ts';
import { uuidFromWords } from '../../../src/model/uuid.ts';
import { BatchView } from '../../../src/protocol/records/batch-header.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { splitBatches } from '../../../src/protocol/records/split.ts';
import { indexProblem } from '../../../src/simulation/checker/state/index-audit.ts';

export const partition = topicPartition('orders', 0);
export const topicId = uuidFromWords(1, 2, 3, 4);
export const never = Number.MAX_SAFE_INTEGER;

export const logConfig: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: never,
  segmentJitterMs: 0,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10_485_760,
  flushMessages: never,
  flushMs: never,
  ...keepsAll,
};

export interface MachineOptions {
  readonly seed?: string;
  readonly config?: Partial<LogConfig>;
  readonly manager?: Partial<LogManagerConfig>;
  readonly rules?: Partial<LogRules>;
  readonly producerRules?: Partial<ProducerRules>;
  readonly disks?: readonly string[];
  /** Puts something between the program and its disks. */
  readonly wrap?: (disk: Disk) => Disk;
}

export class Machine {
  readonly simulator: Simulator;
  readonly host: VirtualHost;
  readonly config: LogConfig;
  /** All that was observed, of all incarnations. */
  readonly events: NodeEvent[] = [];
  world: World | undefined;
  manager: LogManager | undefined;
  /** How the last load ended; undefined while it has not. */
  loaded: Result<void, string> | undefined;
  readonly #options: MachineOptions;

  constructor(options: MachineOptions = {}) {
    this.#options = options;
    this.config = { ...logConfig, ...options.config };
    this.simulator = new Simulator({ seed: options.seed ?? 'log' });
    this.host = this.simulator.host('b1', { id: 1, disks: options.disks ?? ['d0'] });
    this.simulator.observer = (_host, event) => this.events.push(event);
  }

  /** Starts the program and runs until its logs are open, or the machine is down. */
  boot(): this {
    this.loaded = undefined;
    this.host.boot((bare) => {
      const world = this.#wrapped(bare);
      this.world = world;
      const manager = new LogManager(world, this.#managerConfig(), {
        log: { ...kafkaLogRules, ...this.#options.rules },
        producer: { ...kafkaProducerRules, ...this.#options.producerRules },
      });
      this.manager = manager;
      manager.load((result) => {
        this.loaded = result;
        if (result.ok) manager.start();
      });
    });
    this.run(100);
    return this;
  }

  run(ms: number): void {
    this.simulator.run(this.simulator.nowUs + ms * 1000);
  }

  /** Does something in the lane `requests`, and all that follows from it. Undefined when the machine is down afterwards. */
  act<T>(step: (manager: LogManager) => T): T | undefined {
    let result: { readonly value: T } | undefined;
    const manager = this.manager;
    if (manager === undefined || !this.host.up) return undefined;
    this.host.enter(() => this.world?.on('requests', () => (result = { value: step(manager) })));
    this.run(20);
    return this.host.up ? result?.value : undefined;
  }

  /** The same with the log of the one partition, made when there is none. */
  withLog<T>(step: (log: PartitionLog) => T): T | undefined {
    return this.act((manager) => {
      const log = manager.get(partition) ?? unwrap(manager.create(partition, topicId, this.config));
      return step(log);
    });
  }

  stop(epoch: BrokerEpoch = brokerEpoch(1)): void {
    this.act((manager) => manager.shutDown(epoch));
    if (this.host.up) this.host.stop();
  }

  crash(powerLoss: boolean): void {
    this.host.crash({ powerLoss });
  }

  /** The last log that was opened. */
  recovered(): Extract<NodeEvent, { type: 'recovered' }> | undefined {
    return this.events.findLast((event) => event.type === 'recovered');
  }

  text(path: string, disk = 'd0'): string | undefined {
    const bytes = this.host.disk(disk).contents(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  /** The batches that lie in the partition's files, each one checked to be whole and intact. */
  stored(of: TopicPartition = partition): readonly BatchSummary[] {
    return this.views(of).map(summary);
  }

  /** The same, with all that their headers say. */
  views(of: TopicPartition = partition): readonly BatchView[] {
    const paths = this.host.disk('d0').files();
    return paths.filter((name) => name.startsWith(`${of}/`) && name.endsWith('.log')).flatMap((path) => this.viewsIn(path));
  }

  /** Those of one file. */
  viewsIn(path: string): readonly BatchView[] {
    const bytes = this.host.disk('d0').contents(path) ?? new Uint8Array(0);
    const split = splitBatches(bytes);
    if (!split.ok) throw new Error(`${path}: ${split.error.message}`);
    const end = split.value.reduce((at, view) => at + view.byteLength, 0);
    if (end !== bytes.length || split.value.some((view) => !view.isIntact)) throw new Error(`${path} holds a torn batch`);
    return split.value;
  }

  /** What is wrong with the indexes of the partition's segments; undefined when they are what its batches give. */
  indexProblem(): string | undefined {
    const disk = this.host.disk('d0');
    const stems = disk
      .files()
      .filter((name) => name.startsWith(`${partition}/`) && name.endsWith('.log'))
      .map((name) => name.slice(0, -4));
    for (const [index, stem] of stems.entries()) {
      const bytes = (suffix: string): Uint8Array => {
        const contents = disk.contents(stem + suffix);
        if (contents === undefined) throw new Error(`${stem}${suffix} is missing`);
        return contents;
      };
      const segment = {
        baseOffset: Number(stem.slice(partition.length + 1)),
        log: bytes('.log'),
        offsets: bytes('.index'),
        times: bytes('.timeindex'),
      };
      const problem = indexProblem({ ...segment, sealed: index < stems.length - 1 }, this.config.indexIntervalBytes);
      if (problem !== undefined) return `${stem}: ${problem}`;
    }
    return undefined;
  }

  #managerConfig(): LogManagerConfig {
    return {
      nodeId: 1,
      clusterId: 'c',
      defaultLogConfig: this.config,
      logFlushSchedulerIntervalMs: undefined,
      logFlushOffsetCheckpointIntervalMs: 60_000,
      logFlushStartOffsetCheckpointIntervalMs: 60_000,
      replicaHighWatermarkCheckpointIntervalMs: 5_000,
      logInitialTaskDelayMs: 30_000,
      logRetentionCheckIntervalMs: 300_000,
      cleaner: undefined,
      fileDeleteDelayMs: 60_000,
      producerIdExpirationMs: 86_400_000,
      producerIdExpirationCheckIntervalMs: 600_000,
      ...this.#options.manager,
    };
  }

  #wrapped(world: World): World {
    const { wrap } = this.#options;
    if (wrap === undefined) return world;
    const disks = new Map([...world.disks].map(([name, disk]): [string, Disk] => [name, wrap(disk)]));
    return {
      clock: world.clock,
      network: world.network,
      random: world.random,
      disks,
      on: (lane, step) => world.on(lane, step),
      observe: (event) => world.observe(event),
    };
  }
}

export function summary(view: BatchView): BatchSummary {
  return { base: view.baseOffset, last: view.lastOffset, epoch: view.leaderEpoch, crc: view.crc };
}

/** A batch of so many records with values of so many bytes. */
export function batchOf(count: number, bytes = 8, fill = 0, base = 0, epoch = -1, timestampMs = 1000): Uint8Array {
  const value = new Uint8Array(bytes).fill(fill);
  const records = Array.from({ length: count }, (_, index) => ({ key: null, value, timestampMs: timestampMs + index }));
  return encodeBatch({ records, baseOffset: offset(base), leaderEpoch: leaderEpoch(epoch) });
}

/** A batch of an idempotent producer. */
export function producedBatch(producer: { id: number; epoch: number; sequence: number }, count: number, bytes = 8, base = 0, epoch = -1): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => ({ key: null, value: new Uint8Array(bytes), timestampMs: 1000 + base + index }));
  const { id: producerId, epoch: producerEpoch, sequence: baseSequence } = producer;
  return encodeBatch({ records, baseOffset: offset(base), leaderEpoch: leaderEpoch(epoch), producerId, producerEpoch, baseSequence });
}

export const summaryOf = (bytes: Uint8Array): BatchSummary => summary(new BatchView(bytes, 0));

export function unwrap<T>(result: Result<T, ErrorCode | string>): T {
  if (!result.ok) throw new Error(`failed: ${result.error}`);
  return result.value;
}

export const at = (value: number): Offset => offset(value);

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
