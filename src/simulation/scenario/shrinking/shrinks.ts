/**
 * The smaller scenarios of a scenario, one after the other: every pass in turn, each going on where the last success was, round and round
 * until one whole round has brought nothing. Then the scenario is 1-minimal: without any one fault, record, client or member it was tried.
 * Whoever plays them decides which of them count; the same stream serves fast-check and shrinkFinding().
 */
import type { Scenario } from '../../scenario.ts';
import { fitting } from './fitting.ts';
import { fewerClients, fewerFaults, fewerMembers, fewerRecords } from './lists.ts';
import type { Cursor, Pass, Seen } from './pass.ts';
import { fewerSettings, plainerClients, smallerCluster } from './plainer.ts';
import { earlierEnd, pinnedFaults } from './times.ts';
import { weakerFaults } from './weaker-faults.ts';

/** What makes a run shorter comes first. */
const passes: readonly Pass[] = [
  earlierEnd,
  pinnedFaults,
  fewerClients,
  fewerFaults,
  fewerRecords,
  fewerMembers,
  smallerCluster,
  fewerSettings,
  plainerClients,
  weakerFaults,
];

/** Where shrinking is. */
export class ShrinkProgress {
  readonly pass: number;
  readonly cursor: Cursor | undefined;

  constructor(pass: number, cursor: Cursor | undefined) {
    this.pass = pass;
    this.cursor = cursor;
  }

  /** What is being tried, for people. */
  get trying(): string {
    return passes[this.pass]?.name ?? '';
  }
}

export const shrinkStart = new ShrinkProgress(0, undefined);

export interface Shrink {
  readonly scenario: Scenario;
  /** Where to go on if it fails as well. */
  readonly progress: ShrinkProgress;
}

/** One round. `seen`: what a run of this very scenario showed, where somebody played it. All that come can be played, written and read. */
export function* shrinksOf(scenario: Scenario, from: ShrinkProgress = shrinkStart, seen?: Seen): Generator<Shrink, void, void> {
  for (let turn = 0; turn <= passes.length; turn++) {
    const number = (from.pass + turn) % passes.length;
    const cursor = turn === 0 ? from.cursor : undefined;
    // The round began in the middle of a pass: it ends with the first part of it.
    if (turn === passes.length && from.cursor === undefined) return;
    for (const { scenario: smaller, next } of passes[number]?.smaller(scenario, cursor, seen) ?? []) {
      const whole = fitting(smaller);
      if (whole !== undefined) yield { scenario: whole, progress: new ShrinkProgress(number, next) };
    }
  }
}
