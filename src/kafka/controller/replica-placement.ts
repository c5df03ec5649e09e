/**
 * Where the replicas of new partitions go: striped over racks first, then over the brokers within each rack, unfenced brokers before fenced
 * ones, the first replica always on an unfenced one. The start of each round is drawn, so that topics do not all begin on the same broker.
 * Owns no cluster state. Source: StripedReplicaPlacer.
 */
import type { BrokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';

export interface UsableBroker {
  readonly id: BrokerId;
  readonly rack: string | null;
  readonly fenced: boolean;
}

/** An integer in [0, bound); bound >= 1. */
export type Draw = (bound: number) => number;

export interface PlacementProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** One list of brokers a partition, its preferred leader first. */
export function placeReplicas(
  brokers: readonly UsableBroker[],
  partitions: number,
  replicationFactor: number,
  draw: Draw,
): Result<readonly (readonly BrokerId[])[], PlacementProblem> {
  const unfenced = brokers.filter((broker) => !broker.fenced).length;
  if (unfenced === 0) return refuse('All brokers are currently fenced.');
  if (replicationFactor > brokers.length)
    return refuse(`The target replication factor of ${replicationFactor} cannot be reached because only ${brokers.length} broker(s) are registered.`);
  const racks = new RackList(brokers, unfenced, draw);
  return ok(Array.from({ length: partitions }, () => racks.place(replicationFactor)));
}

const refuse = (message: string): Result<never, PlacementProblem> => failed({ code: ErrorCode.INVALID_REPLICATION_FACTOR, message });

/** Brokers handed out in a circle; each round begins one further on and gives every broker once. */
class BrokerRing {
  readonly #brokers: BrokerId[];
  #given = 0;
  #start: number;
  #round = 0;

  constructor(brokers: readonly BrokerId[], draw: Draw) {
    this.#brokers = [...brokers].sort((a, b) => a - b);
    this.#start = brokers.length === 0 ? 0 : draw(brokers.length);
  }

  next(round: number): BrokerId | undefined {
    if (this.#brokers.length === 0) return undefined;
    if (this.#round !== round) {
      this.#round = round;
      this.#given = 0;
      this.#start = (this.#start + 1) % this.#brokers.length;
    }
    if (this.#given === this.#brokers.length) return undefined;
    return this.#brokers[(this.#start + this.#given++) % this.#brokers.length];
  }

  shuffle(draw: Draw): void {
    shuffle(this.#brokers, draw);
  }
}

class Rack {
  readonly unfenced: BrokerRing;
  readonly fenced: BrokerRing;

  constructor(brokers: readonly UsableBroker[], draw: Draw) {
    const ids = (fenced: boolean) => brokers.filter((broker) => broker.fenced === fenced).map((broker) => broker.id);
    this.fenced = new BrokerRing(ids(true), draw);
    this.unfenced = new BrokerRing(ids(false), draw);
  }

  next(round: number): BrokerId | undefined {
    return this.unfenced.next(round) ?? this.fenced.next(round);
  }

  shuffle(draw: Draw): void {
    this.fenced.shuffle(draw);
    this.unfenced.shuffle(draw);
  }
}

class RackList {
  readonly #racks: Rack[];
  readonly #unfenced: number;
  readonly #draw: Draw;
  #start: number;
  #round = 0;
  /** Partitions placed since the last shuffle. Rounds are numbered on, so that a ring left out for long knows that its round is over. */
  #placed = 0;

  constructor(brokers: readonly UsableBroker[], unfenced: number, draw: Draw) {
    const byRack = new Map<string, UsableBroker[]>();
    for (const broker of brokers) {
      const name = broker.rack ?? '';
      const known = byRack.get(name);
      if (known === undefined) byRack.set(name, [broker]);
      else known.push(broker);
    }
    const names = [...byRack.keys()].sort();
    this.#racks = names.map((name) => new Rack(byRack.get(name) ?? [], draw));
    this.#unfenced = unfenced;
    this.#draw = draw;
    this.#start = draw(this.#racks.length);
  }

  /** The caller has checked that there are enough brokers and that one of them is unfenced: both loops end. */
  place(replicationFactor: number): readonly BrokerId[] {
    this.#reshuffleAfterRound();
    const count = this.#racks.length;
    const placed: BrokerId[] = [];
    let first = this.#start % count;
    for (; placed.length === 0; first = (first + 1) % count) {
      const leader = this.#racks[first]?.unfenced.next(this.#round);
      if (leader === undefined) continue;
      placed.push(leader);
      break;
    }
    let rack = this.#start % count;
    // The leader's rack has had its turn in this circle.
    let skipped = false;
    while (placed.length < replicationFactor) {
      if (rack === first && !skipped) skipped = true;
      else {
        const replica = this.#racks[rack]?.next(this.#round);
        if (replica !== undefined) placed.push(replica);
      }
      rack = (rack + 1) % count;
    }
    this.#round++;
    this.#placed++;
    this.#start = (this.#start + 1) % count;
    return placed;
  }

  /** With as many partitions placed as there are brokers to lead them, the pattern would repeat. */
  #reshuffleAfterRound(): void {
    if (this.#placed !== this.#unfenced || this.#unfenced <= 1) return;
    shuffle(this.#racks, this.#draw);
    for (const rack of this.#racks) rack.shuffle(this.#draw);
    this.#placed = 0;
  }
}

/** Fisher and Yates. */
function shuffle<T>(items: T[], draw: Draw): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = draw(last + 1);
    const a = items[last];
    const b = items[other];
    if (a === undefined || b === undefined) continue;
    items[last] = b;
    items[other] = a;
  }
}
