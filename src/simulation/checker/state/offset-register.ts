/**
 * One committed offset of one group as a register: commits write it, coordinators tell it. Owns what may be told.
 * Writes are ordered as in the log: by the coordinator's leader epoch, then as they were taken. An answered commit is in the log of every
 * later coordinator; one that was taken and not answered may be there, and is for good once somebody was told of it.
 */

export interface OffsetWrite {
  /** The leader epoch of the coordinator that took it; -1 for what was before all. */
  readonly epoch: number;
  /** -1: none, a tombstone. */
  readonly offset: number;
  readonly acceptedUs: number;
}

const nothing: OffsetWrite = { epoch: -1, offset: -1, acceptedUs: 0 };

export class OffsetRegister {
  #settled: OffsetWrite = nothing;
  /** Taken behind the settled one, in the order of the log. */
  #open: OffsetWrite[] = [];

  /** The last one that is certainly in the log. */
  get settled(): OffsetWrite {
    return this.#settled;
  }

  taken(write: OffsetWrite): void {
    // A coordinator that does not know yet that it was replaced: its log will be cut.
    if (write.epoch < this.#settled.epoch) return;
    let at = this.#open.length;
    while (at > 0 && (this.#open[at - 1]?.epoch ?? 0) > write.epoch) at--;
    this.#open.splice(at, 0, write);
  }

  /** A coordinator of this epoch answered a commit; the write, or undefined when a later one is settled already. */
  answered(epoch: number, offset: number): OffsetWrite | undefined {
    // Of several that look alike the earliest: the others stay possible.
    return this.#settle(this.#open.findIndex((write) => write.epoch === epoch && write.offset === offset));
  }

  /**
   * A coordinator of this epoch told it; false when it may not be so. The write that is settled by that, if one is. A coordinator that was
   * replaced, and does not know, may tell what was.
   */
  told(epoch: number, offset: number): { readonly legal: boolean; readonly settled: OffsetWrite | undefined } {
    if (this.#settled.epoch > epoch || this.#settled.offset === offset) return { legal: true, settled: undefined };
    const settled = this.#settle(this.#open.findIndex((write) => write.epoch <= epoch && write.offset === offset));
    return { legal: settled !== undefined, settled };
  }

  #settle(at: number): OffsetWrite | undefined {
    const write = this.#open[at];
    if (write === undefined) return undefined;
    this.#settled = write;
    this.#open = this.#open.slice(at + 1);
    return write;
  }
}
