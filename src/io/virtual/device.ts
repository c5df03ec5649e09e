/** The time model of one disk: a device does one thing after another, for all lanes of its host. */
import { invariant } from '../../model/invariant.ts';
import type { Engine } from './engine.ts';
import type { QueuedEvent } from './event-queue.ts';
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
  /** Added to every sync beside. Default 0. */
  readonly perSyncUs?: number;
}

/** One operation on its way through the device. */
interface Work {
  /** Bytes to write, or a sync. */
  readonly what: number | 'sync';
  /** When what asks for it is ready for it, if the device waited for that: it never begins before. */
  readonly readyUs: number;
  /** Done on another device before this can begin, which then begins when that is done, be it sooner or later than it looked. */
  readonly after: Work | undefined;
  /** The device of a work that comes after this one. */
  next: Device | undefined;
  startUs: number;
  doneUs: number;
  /** What waits for it, in the engine's queue for `doneUs`. */
  waiting: QueuedEvent | undefined;
}

export class Device {
  readonly #engine: Engine;
  readonly #model: Required<Omit<DiskModel, 'capacityBytes'>>;
  readonly #slow = new Set<Slowness>();
  #writeUs = 0;
  #syncUs = 0;
  #usPerByte = 0;
  /** What is not done yet, in order, and before it some that is. */
  #works: Work[] = [];

  constructor(engine: Engine, model: DiskModel) {
    this.#engine = engine;
    this.#model = {
      writePerOperationUs: model.writePerOperationUs ?? 0,
      syncPerOperationUs: model.syncPerOperationUs ?? 300,
      bytesPerSecond: model.bytesPerSecond ?? Number.POSITIVE_INFINITY,
    };
    this.#settle();
  }

  /**
   * Uses the device from `fromUs` on, once it is free; answers when it is done. What costs nothing does not wait. `before`: the device on which the same
   * step was busy until then.
   */
  occupy(fromUs: number, what: number | 'sync', before?: Device): number {
    const costUs = this.#costUs(what);
    if (costUs === 0) return fromUs;
    const last = this.#works.at(-1);
    if (last !== undefined && last.doneUs <= this.#engine.nowUs) this.#works.length = 0;
    // Who asks while the device is busy may be ready earlier than the device said, if that gets faster.
    const readyUs = last === undefined || fromUs > last.doneUs ? fromUs : 0;
    const startUs = last === undefined ? fromUs : Math.max(last.doneUs, fromUs);
    const doneUs = startUs + costUs;
    const after = before === undefined || before === this ? undefined : before.#works.at(-1);
    if (after !== undefined) after.next = this;
    this.#works.push({ what, readyUs: after === undefined ? readyUs : 0, after, next: undefined, startUs, doneUs, waiting: undefined });
    return doneUs;
  }

  /** Fires the event when the operation asked for last is done, be it sooner or later than it looks now. */
  whenDone(event: QueuedEvent): void {
    const last = this.#works.at(-1);
    invariant(last !== undefined && last.waiting === undefined, 'one event waits for one operation');
    last.waiting = event;
    this.#engine.schedule(last.doneUs, event);
  }

  /** Forgets the work that was queued when the power went. */
  powerOff(): void {
    this.#works.length = 0;
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

  /** In whole microseconds. */
  #costUs(what: number | 'sync'): number {
    if (what === 'sync') return this.#syncUs;
    return this.#writeUs + (this.#usPerByte === 0 ? 0 : Math.ceil(what * this.#usPerByte));
  }

  /** The device changes its speed; what is queued goes on at the new one, and of what is under way the part that is left. */
  #settle(): void {
    this.#writeUs = this.#model.writePerOperationUs;
    this.#syncUs = this.#model.syncPerOperationUs;
    let bytesPerSecond = this.#model.bytesPerSecond;
    for (const slowness of this.#slow) {
      this.#writeUs += slowness.perOperationUs;
      this.#syncUs += slowness.perOperationUs + (slowness.perSyncUs ?? 0);
      bytesPerSecond = Math.min(bytesPerSecond, slowness.bytesPerSecond);
    }
    this.#usPerByte = bytesPerSecond === Number.POSITIVE_INFINITY ? 0 : 1_000_000 / bytesPerSecond;
    const nowUs = this.#engine.nowUs;
    this.#works = this.#works.filter((work) => work.doneUs > nowUs);
    let freeAtUs = nowUs;
    for (const work of this.#works) {
      const costUs = this.#costUs(work.what);
      const left = work.startUs < nowUs ? (work.doneUs - nowUs) / (work.doneUs - work.startUs) : 1;
      work.startUs = Math.max(freeAtUs, work.readyUs, work.after?.doneUs ?? 0);
      work.doneUs = work.startUs + Math.ceil(costUs * left);
      freeAtUs = work.doneUs;
      this.#moved(work);
    }
  }

  /** Something on another device moved, and what comes after it here, and behind that, moves along; what is under way stays. */
  #follow(): void {
    const { nowUs } = this.#engine;
    let freeAtUs = nowUs;
    for (const work of this.#works) {
      const startUs = work.startUs < nowUs ? work.startUs : Math.max(freeAtUs, work.readyUs, work.after?.doneUs ?? 0);
      const movedUs = startUs - work.startUs;
      work.startUs = startUs;
      work.doneUs += movedUs;
      freeAtUs = Math.max(freeAtUs, work.doneUs);
      if (movedUs !== 0) this.#moved(work);
    }
  }

  #moved(work: Work): void {
    if (work.waiting !== undefined) this.#engine.queue.move(work.waiting, work.doneUs);
    if (work.next !== undefined) work.next.#follow();
  }
}
