/**
 * One virtual machine with a log manager on it, and the log of one partition. It is worked with in steps; a power loss inside one leaves the
 * machine down. Owns no judgement of what the log does.
 */
import type { Disk } from '../../io/disk.ts';
import { Simulator } from '../../io/virtual/simulator.ts';
import type { VirtualHost } from '../../io/virtual/virtual-host.ts';
import type { World } from '../../io/world.ts';
import { type LogConfig, type LogManagerConfig, plainLogConfig, plainManagerConfig } from '../../kafka/log/log-config.ts';
import { LogManager } from '../../kafka/log/log-manager.ts';
import type { PartitionLog } from '../../kafka/log/partition-log.ts';
import { kafkaLogRules, type LogRules } from '../../kafka/rules/log.ts';
import { kafkaProducerRules, type ProducerRules } from '../../kafka/rules/producer.ts';
import { type BrokerEpoch, brokerEpoch } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import type { Result } from '../../model/result.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { uuidFromWords } from '../../model/uuid.ts';
import type { BatchView } from '../../protocol/records/batch-header.ts';
import { splitBatches } from '../../protocol/records/split.ts';

export const partition = topicPartition('orders', 0);
export const topicId = uuidFromWords(1, 2, 3, 4);

export interface LogMachineOptions {
  readonly seed?: string;
  readonly config?: Partial<LogConfig>;
  readonly manager?: Partial<LogManagerConfig>;
  /** What takes the place of Kafka's decisions. */
  readonly rules?: Partial<LogRules>;
  readonly producerRules?: Partial<ProducerRules>;
  readonly disks?: readonly string[];
  /** Puts something between the program and its disks. */
  readonly wrap?: (disk: Disk) => Disk;
}

export class LogMachine {
  readonly simulator: Simulator;
  readonly host: VirtualHost;
  readonly config: LogConfig;
  world: World | undefined;
  manager: LogManager | undefined;
  /** How the last load ended; undefined while it has not. */
  loaded: Result<void, string> | undefined;
  readonly #options: LogMachineOptions;

  constructor(options: LogMachineOptions = {}) {
    this.#options = options;
    this.config = { ...plainLogConfig, ...options.config };
    this.simulator = new Simulator({ seed: options.seed ?? 'log' });
    this.host = this.simulator.host('b1', { id: 1, disks: options.disks ?? ['d0'] });
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
      const there = manager.get(partition);
      if (there !== undefined) return step(there);
      const made = manager.create(partition, topicId, this.config);
      invariant(made.ok, 'a log is made', made.ok ? undefined : made.error);
      return step(made.value);
    });
  }

  stop(epoch: BrokerEpoch = brokerEpoch(1)): void {
    this.act((manager) => manager.shutDown(epoch));
    if (this.host.up) this.host.stop();
  }

  crash(powerLoss: boolean): void {
    this.host.crash({ powerLoss });
  }

  /** The batches that lie in the partition's files, each one checked to be whole and intact. */
  views(of: TopicPartition = partition): readonly BatchView[] {
    const paths = this.host.disk('d0').files();
    return paths.filter((name) => name.startsWith(`${of}/`) && name.endsWith('.log')).flatMap((path) => this.viewsIn(path));
  }

  /** Those of one file. */
  viewsIn(path: string): readonly BatchView[] {
    const bytes = this.host.disk('d0').contents(path) ?? new Uint8Array(0);
    const split = splitBatches(bytes);
    const views = split.ok ? split.value : [];
    const end = views.reduce((at, view) => at + view.byteLength, 0);
    invariant(end === bytes.length && views.every((view) => view.isIntact), 'the files of an open log hold whole batches', path);
    return views;
  }

  #managerConfig(): LogManagerConfig {
    return { ...plainManagerConfig, nodeId: 1, clusterId: 'c', defaultLogConfig: this.config, ...this.#options.manager };
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
