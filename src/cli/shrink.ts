/** `faultline shrink`: makes a scenario as small as it can be while it shows the same finding, and tells the story of what is left. */
import { renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { looksLikeToken } from '../report/token.ts';
import { type Finding, identity } from '../simulation/checker/finding.ts';
import { type Defect, rulesOf } from '../simulation/defect/defect.ts';
import { findingsOf, isLogScript, type Playable, printPlayable } from '../simulation/run/playable.ts';
import type { ShrinkNews, ShrinkOptions } from '../simulation/run/shrink.ts';
import { ExitCode, UsageError } from './exit.ts';
import { knownDefect, runCount, secondCount } from './options.ts';
import { replayCommand } from './replay-command.ts';
import { findPlayable } from './scenario-files.ts';
import { describe, makeSmall, type SmallFinding, sizeText, smallText, withinCpuSeconds } from './small-finding.ts';

interface ShrinkWords {
  readonly finding?: string;
  readonly out?: string;
  readonly budget: number;
  readonly runs?: number;
  readonly defect?: Defect;
  readonly json?: true;
}

export function addShrink(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('shrink')
    .description('Make a scenario that shows a finding smaller, for as long as it shows it, and tell the story of what is left.')
    .argument('<file, name or token>')
    .option('--finding <checker/anomaly[/place]>', 'which finding to keep; the first one by default')
    .option('--out <file>', 'where the smaller scenario goes; by default beside the given one, as <name>-shrunk.yaml')
    .option('--budget <seconds>', 'stop after so many CPU seconds', secondCount, 30)
    .option('--runs <n>', 'stop after so many runs instead, which gives the same result on every machine', runCount)
    .option('--defect <id>', 'play it by this known-bad decision, one of those that `defects --list` names', knownDefect)
    .option('--json', 'print what came of it as JSON')
    .action((fileOrName: string, words: ShrinkWords) => end(shrink(fileOrName, words)));
}

function shrink(fileOrName: string, words: ShrinkWords): ExitCode {
  const scenario = findPlayable(fileOrName);
  if (!isLogScript(scenario) && (scenario.workload.sandbox ?? []).length > 0)
    throw new UsageError(`${fileOrName} runs npm clients in the sandbox; only scenarios of Faultline's own clients can be shrunk`);
  const { defect } = words;
  const wanted = chosenFinding(scenario, fileOrName, words);
  const file = words.out ?? fileBeside(fileOrName);
  const small = makeSmall(scenario, wanted, defect, { ...budgetOf(words), progress: follower(wanted, file, defect) });
  if (small === undefined) throw new Error(`${identity(wanted)} was there a moment ago`);
  save(file, small.scenario);
  if (process.stderr.isTTY) process.stderr.write('\n');
  process.stdout.write(`${words.json === true ? JSON.stringify(outcomeJson(small, file, defect)) : smallText(scenario, small, file, defect)}\n`);
  return ExitCode.findings;
}

/** A token has no folder, and is no name for a file. */
function fileBeside(which: string): string {
  if (looksLikeToken(which)) return 'token-shrunk.yaml';
  return join(which.endsWith('.yaml') ? dirname(which) : '.', `${basename(which, '.yaml')}-shrunk.yaml`);
}

function chosenFinding(scenario: Playable, which: string, { finding: name, defect }: ShrinkWords): Finding {
  const findings = findingsOf(scenario, defect && rulesOf(defect));
  const bad = findings.filter(({ verdict }) => verdict === 'finding' || verdict === 'unknown');
  const chosen = name === undefined ? (bad.find(({ verdict }) => verdict === 'finding') ?? bad[0]) : bad.find((each) => isNamed(each, name));
  if (chosen !== undefined) return chosen;
  const all = bad.map(identity).join(', ');
  throw new UsageError(all === '' ? `${which} shows no finding: there is nothing to keep` : `${which} does not show ${name}; it shows ${all}`);
}

const isNamed = (finding: Finding, name: string): boolean => identity(finding) === name || `${finding.checker}/${finding.anomaly}` === name;

const budgetOf = ({ budget, runs }: ShrinkWords): Pick<ShrinkOptions, 'maxRuns' | 'goOn'> =>
  runs === undefined ? { goOn: withinCpuSeconds(budget) } : { maxRuns: runs };

const lineEveryMs = 2000;

/** Each smaller one is on the disk before the next is tried: whoever interrupts has the smallest so far. */
function follower(wanted: Finding, file: string, defect: Defect | undefined): (news: ShrinkNews) => void {
  let lastMs = performance.now();
  return ({ runs, smallest, trying, smaller }) => {
    if (smaller) save(file, describe(smallest, wanted, defect));
    const line = `${runs} runs, down to ${sizeText(smallest)}; now ${trying}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${line}`);
    else if (performance.now() - lastMs >= lineEveryMs) {
      lastMs = performance.now();
      process.stderr.write(`${line}\n`);
    }
  };
}

function save(file: string, scenario: Playable): void {
  try {
    // Whole or not at all: an interruption leaves the one before.
    writeFileSync(`${file}.part`, printPlayable(scenario));
    renameSync(`${file}.part`, file);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : error}. Name another file with --out.`);
  }
}

const outcomeJson = ({ finding, runs, ended, storyEvents, story }: SmallFinding, file: string, defect: Defect | undefined): object => ({
  file,
  finding,
  storyEvents,
  runs,
  minimal: ended === 'minimal',
  replay: replayCommand(file, defect),
  story: story.split('\n'),
});
