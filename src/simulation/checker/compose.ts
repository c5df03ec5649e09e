/**
 * Puts checkers together: each is asked, one that throws says `unknown`, the worst verdict wins. Owns the composition only.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { type Finding, type Findings, type Judgement, judge } from './finding.ts';
import type { StateChecker } from './state/state-checker.ts';

/** A checker that judges at the end of a run. */
export interface FinalChecker {
  readonly name: string;
  check(): readonly Finding[];
}

export interface Judged {
  readonly judgement: Judgement;
  readonly findings: readonly Finding[];
}

const crashedChecker = (checker: string, timeUs: number, error: unknown): Finding => ({
  checker,
  anomaly: 'checker-failed',
  place: checker,
  message: error instanceof Error ? error.message : String(error),
  timeUs,
  verdict: 'unknown',
  reason: 'the checker threw',
});

/** Asks every checker; `timeUs` is the virtual time at which they are asked. */
export function compose(checkers: readonly FinalChecker[], timeUs: number, findings: Findings): Judged {
  for (const checker of checkers) {
    try {
      for (const finding of checker.check()) findings.report(finding);
    } catch (error) {
      findings.report(crashedChecker(checker.name, timeUs, error));
    }
  }
  const list = findings.list();
  return { judgement: judge(list), findings: list };
}

/** Keeps a state checker that throws from taking the run down: it says `unknown` once and is not told anything more. */
export class GuardedStateChecker implements StateChecker {
  readonly #name: string;
  readonly #checker: StateChecker;
  readonly #findings: Findings;
  #failed = false;

  constructor(name: string, checker: StateChecker, findings: Findings) {
    this.#name = name;
    this.#checker = checker;
    this.#findings = findings;
  }

  observe(timeUs: number, hostId: number, event: NodeEvent): void {
    if (this.#failed) return;
    try {
      this.#checker.observe(timeUs, hostId, event);
    } catch (error) {
      this.#fail(timeUs, error);
    }
  }

  crashed(timeUs: number, hostId: number, lossy: boolean): void {
    this.#tell(timeUs, () => this.#checker.crashed(timeUs, hostId, lossy));
  }

  stopped(timeUs: number, hostId: number): void {
    this.#tell(timeUs, () => this.#checker.stopped(timeUs, hostId));
  }

  restarted(timeUs: number, hostId: number): void {
    this.#tell(timeUs, () => this.#checker.restarted(timeUs, hostId));
  }

  wiped(timeUs: number, hostId: number, partitions: ReadonlySet<TopicPartition>): void {
    this.#tell(timeUs, () => this.#checker.wiped(timeUs, hostId, partitions));
  }

  finish(timeUs: number): void {
    this.#tell(timeUs, () => this.#checker.finish(timeUs));
  }

  #tell(timeUs: number, notice: () => void): void {
    if (this.#failed) return;
    try {
      notice();
    } catch (error) {
      this.#fail(timeUs, error);
    }
  }

  #fail(timeUs: number, error: unknown): void {
    this.#failed = true;
    this.#findings.report(crashedChecker(this.#name, timeUs, error));
  }
}
