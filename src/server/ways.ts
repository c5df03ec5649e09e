/**
 * The ways between machines, and what is wrong with them: cut, or slow. Owns the faults in force; what a cut or slow way means for a connection
 * is the wire's. Machines are named as the nemesis names them; a client is `client(<client.id>)`.
 */
import type { Healable } from '../simulation/nemesis/fault-target.ts';

interface Cut {
  readonly from: readonly string[];
  /** undefined: everybody. */
  readonly to: readonly string[] | undefined;
  readonly oneWay: boolean;
}
interface Slowness {
  readonly node: string;
  readonly latencyMs: number;
  readonly jitterMs: number;
}

export class Ways {
  /** Told when a fault begins or ends: what waits may go on. */
  changed: () => void = () => undefined;
  readonly #cuts = new Set<Cut>();
  readonly #slow = new Set<Slowness>();
  readonly #draw: () => number;

  /** `draw` answers numbers from 0 to 2^32 - 1. */
  constructor(draw: () => number) {
    this.#draw = draw;
  }

  cut(from: readonly string[], to: readonly string[] | undefined, { oneWay }: { readonly oneWay: boolean }): Healable {
    return this.#begin(this.#cuts, { from, to, oneWay });
  }

  slow(node: string, latencyMs: number, jitterMs: number): Healable {
    return this.#begin(this.#slow, { node, latencyMs, jitterMs });
  }

  isCut(from: string, to: string): boolean {
    for (const cut of this.#cuts) if (goes(cut, from, to) || (!cut.oneWay && goes(cut, to, from))) return true;
    return false;
  }

  /** What slowness adds to the way of one message, in milliseconds. */
  delayMs(from: string, to: string): number {
    let delayMs = 0;
    for (const { node, latencyMs, jitterMs } of this.#slow)
      if (node === from || node === to) delayMs += latencyMs + (jitterMs > 0 ? (this.#draw() / 0x1_0000_0000) * jitterMs : 0);
    return delayMs;
  }

  #begin<T>(all: Set<T>, one: T): Healable {
    all.add(one);
    this.changed();
    return {
      heal: () => {
        if (all.delete(one)) this.changed();
      },
    };
  }
}

const goes = (cut: Cut, from: string, to: string): boolean => cut.from.includes(from) && (cut.to === undefined || cut.to.includes(to));
