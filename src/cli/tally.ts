/** Adds up the runs of a swarm, in their order. What it keeps does not grow with the number of runs. */
import { SwarmHash } from '../simulation/history/swarm-hash.ts';
import { faultKinds } from '../simulation/nemesis/fault.ts';
import { ExitCode } from './exit.ts';
import type { SeedSummary } from './seed-run.ts';

/** The one line that `--json` prints. */
export interface SwarmTotals {
  readonly runs: number;
  /** Runs with a finding. */
  readonly findings: number;
  /** Runs in which loss beyond tolerance was excused, and nothing worse. */
  readonly excused: number;
  /** Runs that nobody could judge. */
  readonly unknown: number;
  /** Runs in which each kind fired. */
  readonly faultsFired: Readonly<Record<string, number>>;
  /** Dispatches to nodes and clients. */
  readonly events: number;
  readonly virtualSeconds: number;
  readonly wallSeconds: number;
  readonly traceHash: string;
  /** Runs that were played twice and compared. */
  readonly rechecked: number;
}

export class Tally {
  #runs = 0;
  #findings = 0;
  #excused = 0;
  #unknown = 0;
  #unmet = 0;
  #events = 0;
  #virtualUs = 0;
  acknowledged = 0;
  readonly #fired = new Map<string, number>(faultKinds.map((kind) => [kind, 0]));
  /** Kind of event to the runs it occurred in and how often in all. */
  readonly coverage = new Map<string, { runs: number; times: number }>();
  readonly #hash = new SwarmHash();
  #lastDigest = '';
  #rechecked = 0;

  add(summary: SeedSummary): void {
    this.#runs++;
    if (summary.verdict === 'finding') this.#findings++;
    else if (summary.verdict === 'unknown') this.#unknown++;
    else if (summary.verdict === 'excused') this.#excused++;
    if (summary.unmet.length > 0) this.#unmet++;
    this.#events += summary.events;
    this.#virtualUs += summary.virtualUs;
    this.acknowledged += summary.acknowledged;
    for (const kind of summary.faultKinds) this.#fired.set(kind, (this.#fired.get(kind) ?? 0) + 1);
    for (const [kind, times] of summary.coverage) {
      const sum = this.coverage.get(kind) ?? { runs: 0, times: 0 };
      this.coverage.set(kind, { runs: sum.runs + (times > 0 ? 1 : 0), times: sum.times + times });
    }
    if (summary.rechecked === true) this.#rechecked++;
    this.#hash.add(summary.traceHash);
    this.#lastDigest = summary.traceHash;
  }

  get runs(): number {
    return this.#runs;
  }

  /** Runs with a finding. */
  get findings(): number {
    return this.#findings;
  }

  /** The trace hash of the one run that was played, which is not the swarm's: that one folds the hashes of all runs. Empty after more runs. */
  get onlyTrace(): readonly string[] {
    return this.#runs === 1 ? [this.#lastDigest] : [];
  }

  get virtualSeconds(): number {
    return this.#virtualUs / 1e6;
  }

  get exitCode(): ExitCode {
    if (this.#findings > 0) return ExitCode.findings;
    return this.#unknown > 0 || this.#unmet > 0 ? ExitCode.unknown : ExitCode.clean;
  }

  totals(wallMs: number): SwarmTotals {
    return {
      runs: this.#runs,
      findings: this.#findings,
      excused: this.#excused,
      unknown: this.#unknown,
      faultsFired: Object.fromEntries(this.#fired),
      events: this.#events,
      virtualSeconds: this.virtualSeconds,
      wallSeconds: Math.round(wallMs) / 1000,
      traceHash: this.#hash.digest(),
      rechecked: this.#rechecked,
    };
  }
}
