/** The time model of one disk: a device does one thing after another, for all lanes of its host. */
import type { Fault } from './network-faults.ts';

export interface DiskModel {
  /** A write, truncate or change of a name takes this long, plus its bytes at `bytesPerSecond`. Default 0: the page cache takes them. */
  readonly writePerOperationUs?: number;
  /** A sync takes this long. Default 300, a fast SSD. */
  readonly syncPerOperationUs?: number;
  /** Default Infinity. */
  readonly bytesPerSecond?: number;
  /** Default 2^50. */
  readonly capacityBytes?: number;
}

export interface Slowness {
  /** Added to every operation but reads, which the page cache answers. */
  readonly perOperationUs: number;
  /** The throughput of writes and syncs, at most. */
  readonly bytesPerSecond: number;
}

export class Device {
  readonly #model: Required<Omit<DiskModel, 'capacityBytes'>>;
  readonly #slow = new Set<Slowness>();
  #writeUs = 0;
  #syncUs = 0;
  #usPerByte = 0;
  #freeAtUs = 0;

  constructor(model: DiskModel) {
    this.#model = {
      writePerOperationUs: model.writePerOperationUs ?? 0,
      syncPerOperationUs: model.syncPerOperationUs ?? 300,
      bytesPerSecond: model.bytesPerSecond ?? Number.POSITIVE_INFINITY,
    };
    this.#settle();
  }

  /** What writing so many bytes costs, in whole microseconds. */
  writeUs(bytes: number): number {
    return this.#writeUs + (this.#usPerByte === 0 ? 0 : Math.ceil(bytes * this.#usPerByte));
  }

  syncUs(): number {
    return this.#syncUs;
  }

  /** Uses the device from `fromUs` on, once it is free; answers when it is done. What costs nothing does not wait. */
  occupy(fromUs: number, costUs: number): number {
    if (costUs === 0) return fromUs;
    const startUs = Math.max(this.#freeAtUs, fromUs);
    this.#freeAtUs = startUs + costUs;
    return this.#freeAtUs;
  }

  /** Forgets the work that was queued when the power went. */
  powerOff(): void {
    this.#freeAtUs = 0;
  }

  slow(slowness: Slowness): Fault {
    const own = { ...slowness };
    this.#slow.add(own);
    this.#settle();
    return {
      heal: () => {
        this.#slow.delete(own);
        this.#settle();
      },
    };
  }

  #settle(): void {
    this.#writeUs = this.#model.writePerOperationUs;
    this.#syncUs = this.#model.syncPerOperationUs;
    let bytesPerSecond = this.#model.bytesPerSecond;
    for (const slowness of this.#slow) {
      this.#writeUs += slowness.perOperationUs;
      this.#syncUs += slowness.perOperationUs;
      bytesPerSecond = Math.min(bytesPerSecond, slowness.bytesPerSecond);
    }
    this.#usPerByte = bytesPerSecond === Number.POSITIVE_INFINITY ? 0 : 1_000_000 / bytesPerSecond;
  }
}
