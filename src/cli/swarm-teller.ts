/**
 * What becomes of the runs of a swarm, whether they are played now or were played by shards: they are added up, kept in the output folder,
 * told on the screen, and reported to the machine. Owns the order of these, and the verdict on the whole.
 */
import { FindingBook, type FoundEntry } from '../report/finding-book.ts';
import { playableOfSeed } from '../simulation/run/playable.ts';
import type { Wanted } from '../simulation/run/shrink.ts';
import { Ci } from './ci.ts';
import { ExitCode, worseExit } from './exit.ts';
import { OutFolder } from './out-folder.ts';
import { programName } from './program.ts';
import { type Extent, type Progress, startProgress } from './progress.ts';
import { replayCommand } from './replay-command.ts';
import { Screen } from './screen.ts';
import type { SeedSummary } from './seed-run.ts';
import type { Outcome } from './shrink-seed.ts';
import { smallText } from './small-finding.ts';
import type { Shard, SwarmPlan } from './swarm-plan.ts';
import { recordFormat } from './swarm-record.ts';
import {
  coverageTable,
  describeAgain,
  describeRun,
  type FoundKind,
  faultTable,
  kindsText,
  replayOf,
  shrinkingText,
  totalsTable,
} from './swarm-text.ts';
import { type SwarmTotals, Tally } from './tally.ts';
import type { ShrinkTask } from './worker-protocol.ts';

export interface TellerOptions {
  readonly plan: SwarmPlan;
  readonly shard: Shard;
  readonly extent: Extent;
  /** The output folder; one named after the moment when it is left out. */
  readonly out: string | undefined;
  readonly junit: string | undefined;
  /** Totals as JSON, alone on standard output. */
  readonly json: boolean;
}

/** More than all checkers have. */
const mostKinds = 200;
const kindOf = ({ checker, anomaly }: Wanted): string => `${checker}/${anomaly}`;

export class SwarmTeller {
  readonly #options: TellerOptions;
  readonly #tally = new Tally();
  readonly #book = new FindingBook();
  /** What was found, by checker and anomaly. */
  readonly #kinds = new Map<string, FoundKind>();
  readonly #screen: Screen;
  readonly #out: OutFolder;
  readonly #ci: Ci;
  readonly #progress: Progress;
  // Taken at once: somebody may build the program anew while it runs.
  readonly #program = programName();

  constructor(options: TellerOptions) {
    this.#options = options;
    this.#screen = new Screen(options.json ? 'stderr' : 'stdout');
    this.#ci = new Ci(options.junit, (text) => this.#screen.say(text));
    this.#out = new OutFolder(options.out, (problem) => this.#warn(`${problem}. Details will be missing; what is found is printed here in full.`));
    this.#progress = startProgress(options.extent);
  }

  get runs(): number {
    return this.#tally.runs;
  }

  /** Takes the next run; answers what it found that none before it did. `index`: in the swarm. */
  hear(index: number, summary: SeedSummary): readonly FoundEntry[] {
    this.#tally.add(summary);
    this.#out.run(index, summary);
    let fresh: readonly FoundEntry[] = [];
    if (summary.verdict === 'finding' || summary.verdict === 'unknown') {
      // A run that killed its worker, or never ended, might do the same to this process when its scenario is drawn here.
      const file = summary.traceHash === '' ? undefined : this.#out.scenario(summary);
      const replay = replayOf(summary, file);
      this.#progress.makeRoom();
      this.#screen.say(this.#noteKinds(summary, replay) ? describeRun(summary, replay) : describeAgain(summary, replay));
      fresh = this.#book.note(summary.seed, replay, summary.findings);
      this.#ci.found(fresh);
    }
    this.#progress.update(this.#tally);
    return fresh;
  }

  /** Takes what became of a finding that was to be made small. */
  hearSmall(task: ShrinkTask, { small, problem }: Outcome): void {
    const title = `${task.wanted.anomaly} at ${task.wanted.place}, found in seed ${task.seed}`;
    this.#progress.makeRoom();
    if (small === undefined) this.#screen.say(`NOT SHRUNK: ${title}: ${problem ?? 'the budget ended'}\n`);
    else {
      const file = this.#out.smaller(task, small.scenario);
      const text = smallText(playableOfSeed(task.seed, task.profile), small, file);
      const kind = this.#kinds.get(kindOf(task.wanted));
      if (kind !== undefined && file !== undefined) kind.replay = replayCommand(file);
      this.#screen.say(`SHRUNK: ${title}${problem === undefined ? '' : `, as far as it came: ${problem}`}\n\n${text}\n`);
    }
  }

  /** Answers whether some of it was not found in any run before. */
  #noteKinds(summary: SeedSummary, replay: string): boolean {
    const before = this.#kinds.size;
    for (const kind of new Set(summary.findings.filter(({ verdict }) => verdict !== 'excused').map(kindOf))) {
      const known = this.#kinds.get(kind);
      if (known !== undefined) known.runs++;
      else if (this.#kinds.size < mostKinds) this.#kinds.set(kind, { runs: 1, replay });
    }
    return this.#kinds.size > before;
  }

  /** All runs are played; `small`: so many of their findings are still being made small. */
  played(small: number): void {
    this.#progress.stop();
    if (small > 0) process.stderr.write(`${shrinkingText(small)}\n`);
  }

  /** No run comes any more. `cutShort`: why those that came are not all, if they are not. */
  async end(wallMs: number, cutShort: readonly string[]): Promise<ExitCode> {
    this.#progress.stop();
    const totals = this.#tally.totals(wallMs);
    const { plan, shard, json } = this.#options;
    const lost = (): readonly string[] => (this.#out.problem === undefined ? [] : [`details are missing: ${this.#out.problem}`]);
    this.#out.record({
      format: recordFormat,
      program: this.#program,
      plan,
      shard,
      incomplete: [...cutShort, ...lost()],
      ...totals,
      coverage: Object.fromEntries(this.#tally.coverage),
    });
    const incomplete = [...cutShort, ...lost()];
    for (const problem of this.#report(totals, incomplete)) {
      this.#warn(problem);
      incomplete.push(problem);
    }
    for (const why of cutShort) this.#screen.say(why);
    if (!json) for (const part of [totalsTable(totals, this.#tally), faultTable(totals), coverageTable(this.#tally)]) this.#screen.say(`${part}\n`);
    if (this.#kinds.size > 0) this.#screen.say(`${kindsText(this.#kinds)}\n`);
    this.#screen.say(`Details: ${this.#out.path}${this.#out.problem === undefined ? '' : `, incomplete: ${this.#out.problem}`}`);
    if (json) this.#screen.answer(JSON.stringify(totals));
    await this.#screen.settled();
    // A swarm that was cut short, or whose record is lost, is no pass.
    return incomplete.length === 0 && !this.#screen.failed ? this.#tally.exitCode : worseExit(this.#tally.exitCode, ExitCode.unknown);
  }

  /** For the machine; answers what could not be written. */
  #report(totals: SwarmTotals, incomplete: readonly string[]): readonly string[] {
    const { plan, shard } = this.#options;
    const facts: [string, string][] = [
      'base' in plan.from ? ['base', plan.from.base] : ['seed', String(plan.from.seed)],
      ['profile', plan.profile ?? 'all'],
      ...(shard.of === 1 ? [] : [['shard', `${shard.index}/${shard.of}`] as [string, string]]),
      ['program', this.#program],
      ['runs', String(totals.runs)],
      ['runs with findings', String(totals.findings)],
      ['excused', String(totals.excused)],
      ['unknown', String(totals.unknown)],
      ['played twice', String(totals.rechecked)],
      ['events', String(totals.events)],
      ['virtual seconds', String(totals.virtualSeconds)],
      ['trace hash', totals.traceHash],
    ];
    const verdict = totals.findings === 0 ? (totals.unknown === 0 ? 'no findings' : `${totals.unknown} unknown`) : `findings in ${totals.findings}`;
    const title = `Faultline: ${totals.runs} runs, ${verdict}${shard.of === 1 ? '' : ` (shard ${shard.index}/${shard.of})`}`;
    const { entries, beyond } = this.#book;
    return this.#ci.end({ title, facts, wallSeconds: totals.wallSeconds, entries, beyond, incomplete });
  }

  #warn(problem: string): void {
    this.#progress?.makeRoom();
    process.stderr.write(`faultline: ${problem}\n`);
  }
}
