/**
 * One log directory of a node: its disk, its id, and whether it still works. As in Kafka an I/O error takes the whole directory offline,
 * since after it nothing is known of what the device holds (LogDirFailureChannel).
 */
import type { Disk, DiskError } from '../../io/disk.ts';
import type { World } from '../../io/world.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, type Result } from '../../model/result.ts';
import type { Uuid } from '../../model/uuid.ts';
import type { LogRules } from '../rules/log.ts';
import type { ProducerRules } from '../rules/producer.ts';

const storageError = failed<ErrorCode>(ErrorCode.KAFKA_STORAGE_ERROR);

export class LogDirectory {
  readonly name: string;
  readonly disk: Disk;
  readonly id: Uuid;
  readonly #failed: (directory: LogDirectory, error: DiskError) => void;
  readonly #state: { failure: DiskError | undefined };

  /** `failed` is told once, of the first error. */
  constructor(
    name: string,
    disk: Disk,
    id: Uuid,
    failed: (directory: LogDirectory, error: DiskError) => void,
    state: { failure: DiskError | undefined } = { failure: undefined },
  ) {
    this.name = name;
    this.disk = disk;
    this.id = id;
    this.#failed = failed;
    this.#state = state;
  }

  /** The same directory, seen through another way to its disk. */
  through(disk: Disk): LogDirectory {
    return new LogDirectory(this.name, disk, this.id, this.#failed, this.#state);
  }

  get offline(): boolean {
    return this.#state.failure !== undefined;
  }
  /** The first error; undefined while it works. */
  get failure(): DiskError | undefined {
    return this.#state.failure;
  }

  /** Takes the directory offline; answers the error that its users pass on. */
  fail(error: DiskError): Result<never, ErrorCode> {
    if (this.#state.failure === undefined) {
      this.#state.failure = error;
      this.#failed(this, error);
    }
    return storageError;
  }
}

/** How often the logs of a node were synced, and how long that took in all, in monotonic time. Source: LogFlushStats. */
export interface FlushStats {
  count: number;
  totalMs: number;
}

/** What every part of one log shares. */
export interface LogContext {
  readonly world: World;
  readonly directory: LogDirectory;
  readonly rules: LogRules;
  readonly producerRules: ProducerRules;
  readonly flushes: FlushStats;
  /** producer.id.expiration.ms */
  readonly producerIdExpirationMs: number;
  /** Makes the recovery points, log start offsets and cleaned offsets of the directory durable now: a truncation or the cleaner moved one. */
  checkpoint(): Result<void, ErrorCode>;
  /** Does something in the lane `background` after a while, unless the node was stopped by then; the name keys the timer. */
  later(name: string, delayMs: number, step: () => void): void;
}
