/** `faultline defects`: shows that the harness finds what is known to be wrong, how soon, and how short a story it tells of it. */
import { Argument, type Command } from 'commander';
import { type Finding, identity } from '../simulation/checker/finding.ts';
import type { Defect } from '../simulation/defect/defect.ts';
import { defects as allDefects } from '../simulation/defect/defects.ts';
import { playableOfSeed } from '../simulation/run/playable.ts';
import { type Hunt, huntAll } from './defect-hunts.ts';
import { ExitCode } from './exit.ts';
import { Interrupt } from './interrupt.ts';
import { baseText, knownDefect, processorCount, secondCount, workerCount } from './options.ts';
import { OutFolder } from './out-folder.ts';
import { Screen } from './screen.ts';
import { smallText } from './small-finding.ts';
import { table } from './table.ts';

interface DefectsOptions {
  readonly budget: number;
  readonly base: string;
  readonly workers: number;
  readonly shrink: boolean;
  readonly list?: true;
  readonly out?: string;
  readonly json?: true;
}

/** Of CPU time, for each finding. */
const shrinkSeconds = 30;

export function addDefects(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('defects')
    .description(
      "Look for wrong decisions of Kafka's history, put in on purpose one at a time, among the random scenarios that `run` plays, or scripts for a log.",
    )
    .addArgument(new Argument('[ids...]', 'which to look for (default: all)').argParser(collected))
    .option('--list', 'look for none: say what there is')
    .option('--budget <seconds>', 'CPU time to look for each; making the finding small comes on top', secondCount, 60)
    .option('--base <text>', 'what the seeds are derived from', baseText, '1')
    .option('--workers <w>', 'worker processes', workerCount, processorCount())
    .option('--no-shrink', 'do not make what is found small, nor tell its story')
    .option('--out <folder>', 'where the small scenarios go (default reports/<time>/)')
    .option('--json', 'print what came of it as JSON, as the last line')
    .action(async (ids: readonly Defect[], options: DefectsOptions) => {
      const asked = ids.length === 0 ? allDefects : ids;
      end(options.list === true ? list(asked) : await defects(asked, options));
    });
}

/** Each once, in the order in which they were named. */
const collected = (id: string, before: readonly Defect[] | undefined): readonly Defect[] => [...new Set([...(before ?? []), knownDefect(id)])];

function list(asked: readonly Defect[]): ExitCode {
  process.stdout.write(`${table([['id', 'profile', 'wrong decision'], ...asked.map(({ id, profile, decision }) => [id, profile, decision])])}\n`);
  return ExitCode.clean;
}

async function defects(asked: readonly Defect[], options: DefectsOptions): Promise<ExitCode> {
  const screen = new Screen(options.json === true ? 'stderr' : 'stdout');
  const out = new OutFolder(options.out, (problem) => process.stderr.write(`faultline: ${problem}. Tokens are printed all the same.\n`));
  const interrupt = new Interrupt();
  const told = new Map<Defect, Hunt>();
  await huntAll({
    asked,
    base: options.base,
    budgetSeconds: options.budget,
    shrinkSeconds: options.shrink ? shrinkSeconds : 0,
    workers: options.workers,
    stop: interrupt.signal,
    news: (text) => void process.stderr.write(`${text}\n`),
    done: (hunt) => {
      told.set(hunt.defect, hunt);
      screen.say(`${describe(hunt, out)}\n`);
    },
  });
  interrupt.end();
  const hunts = asked.flatMap((defect) => told.get(defect) ?? []);
  screen.say(table([['id', 'found', 'seeds', 'CPU s', 'finding', 'story entries'], ...hunts.map(row)]));
  const found = hunts.filter(isFound).length;
  const ownFindings = hunts.filter(({ blameless }) => blameless.length > 0);
  screen.say(`\nFound ${found} of ${asked.length}${interrupt.by === undefined ? '' : `, stopped by ${interrupt.by}`}. Details: ${out.path}`);
  for (const { defect, blameless } of ownFindings)
    screen.say(`FINDING OF OUR OWN: where ${defect.id} was found, Kafka's own rules are no better: ${blameless.join(', ')}`);
  if (options.json === true) screen.answer(JSON.stringify({ defects: hunts.map(jsonOf) }));
  await screen.settled();
  return found === asked.length && ownFindings.length === 0 && !screen.failed ? ExitCode.clean : ExitCode.findings;
}

const isFound = ({ finding }: Hunt): boolean => finding !== undefined;
const nameOf = (finding: Finding | undefined): string | null => (finding === undefined ? null : identity(finding));

const row = ({ defect, seeds, cpuSeconds, finding, small }: Hunt): readonly (string | number)[] => [
  defect.id,
  finding === undefined ? 'no' : 'yes',
  seeds,
  cpuSeconds.toFixed(1),
  nameOf(finding) ?? '',
  small?.storyEvents ?? '-',
];

/** What programs read: these fields. */
const jsonOf = ({ defect, seeds, cpuSeconds, finding, small }: Hunt): object => ({
  id: defect.id,
  found: finding !== undefined,
  seeds,
  cpuSeconds: Math.round(cpuSeconds * 1000) / 1000,
  finding: nameOf(finding),
  storyEvents: small?.storyEvents ?? null,
});

function describe({ defect, seeds, cpuSeconds, seed, finding, small, problem }: Hunt, out: OutFolder): string {
  const cost = `${seeds} ${seeds === 1 ? 'seed' : 'seeds'} of ${defect.profile}, ${cpuSeconds.toFixed(1)} CPU s`;
  if (finding === undefined || seed === undefined)
    return `NOT FOUND: ${defect.id}, ${defect.decision}; ${cost}${problem === undefined ? '' : `; ${problem}`}`;
  const title = `FOUND: ${defect.id}, ${defect.decision}; ${cost}`;
  const before = playableOfSeed(seed, defect.profile);
  if (small === undefined) return `${title}; ${identity(finding)} in seed ${seed}${problem === undefined ? '' : `; not made small: ${problem}`}`;
  const file = out.defect(defect.id, small.scenario);
  return `${title}${problem === undefined ? '' : `; not all was tried: ${problem}`}\n\n${smallText(before, small, file, defect)}`;
}
