/**
 * What checkers say: findings, their identity, and the lattice of verdicts. Owns collecting and de-duplicating them; what is wrong is
 * each checker's.
 */

/** `excused`: it happened, and configuration or faults beyond tolerance permit it. `unknown`: nobody could judge. */
export type Verdict = 'finding' | 'excused' | 'unknown';
/** From worst to best: finding, unknown, excused, ok. */
export type Judgement = Verdict | 'ok';

/** One thing that a checker saw. Its identity is checker, anomaly and place. */
export interface Finding {
  readonly checker: string;
  /** The name the field uses: `LeaderCompleteness`, `lost-write`. */
  readonly anomaly: string;
  /** Where: a partition, a process, a broker. Stable over a shrink. */
  readonly place: string;
  readonly message: string;
  /** Virtual time at which it was seen. */
  readonly timeUs: number;
  readonly verdict: Verdict;
  /** Why it is excused or unknown. */
  readonly reason?: string;
}

const badness: Readonly<Record<Judgement, number>> = { ok: 0, excused: 1, unknown: 2, finding: 3 };

export const worse = (a: Judgement, b: Judgement): Judgement => (badness[a] >= badness[b] ? a : b);

/** The worst of all verdicts; `ok` without any. */
export function judge(findings: readonly Finding[]): Judgement {
  let worst: Judgement = 'ok';
  for (const finding of findings) worst = worse(worst, finding.verdict);
  return worst;
}

/** Two findings with one identity are the same failure, seen again. Shrinking keeps it. */
export const identity = (finding: Pick<Finding, 'checker' | 'anomaly' | 'place'>): string => `${finding.checker}/${finding.anomaly}/${finding.place}`;

/** Takes what checkers report: the first of each identity and verdict, and how often it was seen. */
export class Findings {
  readonly #byIdentity = new Map<string, { readonly finding: Finding; times: number }>();
  readonly #told: ((finding: Finding) => void) | undefined;

  /** `told` hears of the first of each identity and verdict. */
  constructor(told?: (finding: Finding) => void) {
    this.#told = told;
  }

  report(finding: Finding): void {
    const key = `${finding.verdict} ${identity(finding)}`;
    const known = this.#byIdentity.get(key);
    if (known !== undefined) known.times++;
    else {
      this.#byIdentity.set(key, { finding, times: 1 });
      this.#told?.(finding);
    }
  }

  /** In the order in which they were first seen. */
  list(): readonly Finding[] {
    return [...this.#byIdentity.values()].map((entry) => entry.finding);
  }

  /** How often it was reported. */
  times(finding: Finding): number {
    return this.#byIdentity.get(`${finding.verdict} ${identity(finding)}`)?.times ?? 0;
  }

  get judgement(): Judgement {
    return judge(this.list());
  }
}
