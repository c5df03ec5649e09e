/**
 * The smallest world in which a log manager runs: one disk, a clock that stands still, steps one after another. Owns the order of steps; there are no
 * faults here, they are made of the disk's record afterwards.
 */
import type { Disk } from '../../io/disk.ts';
import type { NodeEvent } from '../../io/node-event.ts';
import type { World } from '../../io/world.ts';
import { type LogConfig, type LogManagerConfig, plainLogConfig, plainManagerConfig } from '../../kafka/log/log-config.ts';
import { LogManager } from '../../kafka/log/log-manager.ts';
import { kafkaLogRules, type LogRules } from '../../kafka/rules/log.ts';
import { kafkaProducerRules, type ProducerRules } from '../../kafka/rules/producer.ts';
import type { TimestampMs } from '../../model/brand.ts';
import { invariant, unreachable } from '../../model/invariant.ts';
import type { Result } from '../../model/result.ts';
import { type DiskContent, RecordedDisk } from './recorded-disk.ts';

export const wallMs = 1_700_000_000_000 as TimestampMs;

export const crashLogConfig: LogConfig = { ...plainLogConfig, segmentBytes: 1400, indexIntervalBytes: 200 };

const managerConfig: LogManagerConfig = { ...plainManagerConfig, nodeId: 1, clusterId: 'c', defaultLogConfig: crashLogConfig };

/** What logs are made with: Kafka's decisions or wrong ones, and what stands between them and the disk. */
export interface LogPlan {
  readonly rules: LogRules;
  readonly producerRules: ProducerRules;
  readonly wrap?: (disk: Disk) => Disk;
}

export const kafkaLogPlan: LogPlan = { rules: kafkaLogRules, producerRules: kafkaProducerRules };

export class LogHost {
  readonly disk: RecordedDisk;
  manager: LogManager;
  loaded: Result<void, string> | undefined;
  onEvent: (event: NodeEvent) => void = () => {};
  /** What took the directory offline, if anything did. */
  offline = false;
  readonly #plan: LogPlan;
  readonly #steps: (() => void)[] = [];
  readonly #world: World;

  constructor(content: DiskContent, plan: LogPlan) {
    this.#plan = plan;
    this.disk = new RecordedDisk(content, (step) => this.#steps.push(step));
    this.#world = {
      clock: { monotonicMs: () => 0, wallMs: () => wallMs, after: () => ({ cancel: () => {} }) },
      network: { listen: () => unreachable(undefined as never), connect: () => unreachable(undefined as never) },
      random: { uint32: (name) => (name.length * 2_654_435_761) % 4_294_967_296 },
      disks: new Map([['d0', plan.wrap?.(this.disk) ?? this.disk]]),
      on: (_lane, step) => this.#steps.push(step),
      observe: (event) => this.onEvent(event),
    };
    this.manager = this.#program();
  }

  /** Starts the program anew on what the disk holds, and runs until its logs are open. */
  boot(): void {
    this.loaded = undefined;
    this.manager = this.#program();
    this.manager.load((result) => {
      this.loaded = result;
    });
    this.run();
  }

  /** Runs until nothing is left to do in the background. */
  run(): void {
    for (let count = 0; this.#steps.length > 0; count++) {
      invariant(count < 100_000, 'a log comes to rest');
      this.#steps.shift()?.();
    }
  }

  /** Drops what is under way, as the death of the process does. */
  kill(): void {
    this.#steps.length = 0;
  }

  #program(): LogManager {
    const manager = new LogManager(this.#world, managerConfig, { log: this.#plan.rules, producer: this.#plan.producerRules });
    manager.onDirectoryFailure = () => {
      this.offline = true;
    };
    return manager;
  }
}
