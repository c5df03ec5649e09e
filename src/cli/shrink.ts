/** `faultline shrink`: makes a scenario as small as it can be while it shows the same finding, and tells the story of what is left. */
import { renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { storyText } from '../report/story-text.ts';
import { type Finding, identity } from '../simulation/checker/finding.ts';
import { meaningOf } from '../simulation/checker/meaning.ts';
import { type ShrinkNews, type ShrinkOptions, type Shrunk, shrinkFinding } from '../simulation/run/shrink.ts';
import { simulate } from '../simulation/run/simulate.ts';
import { type Story, storyOf } from '../simulation/run/story.ts';
import { printScenario } from '../simulation/scenario/print.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { ExitCode, UsageError } from './exit.ts';
import { runCount, secondCount } from './options.ts';
import { replayCommand } from './replay-command.ts';
import { findScenario } from './scenario-files.ts';

interface ShrinkWords {
  readonly finding?: string;
  readonly out?: string;
  readonly budget: number;
  readonly runs?: number;
  readonly json?: true;
}

export function addShrink(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('shrink')
    .description('Make a scenario that shows a finding smaller, for as long as it shows it, and tell the story of what is left.')
    .argument('<file or name>')
    .option('--finding <checker/anomaly[/place]>', 'which finding to keep; the first one by default')
    .option('--out <file>', 'where the smaller scenario goes; by default beside the given one, as <name>-shrunk.yaml')
    .option('--budget <seconds>', 'stop after so many CPU seconds', secondCount, 30)
    .option('--runs <n>', 'stop after so many runs instead, which gives the same result on every machine', runCount)
    .option('--json', 'print what came of it as JSON')
    .action((fileOrName: string, words: ShrinkWords) => end(shrink(fileOrName, words)));
}

/** The rules by which the scenario is played. */
function decisions(): Pick<ShrinkOptions, 'rules' | 'clientRules'> {
  return {};
}

function shrink(fileOrName: string, words: ShrinkWords): ExitCode {
  const scenario = findScenario(fileOrName);
  if ((scenario.workload.sandbox ?? []).length > 0)
    throw new UsageError(`${fileOrName} runs npm clients in the sandbox; only scenarios of Faultline's own clients can be shrunk`);
  const rules = decisions();
  const wanted = chosenFinding(scenario, words.finding, rules, fileOrName);
  const file = words.out ?? join(fileOrName.endsWith('.yaml') ? dirname(fileOrName) : '.', `${basename(fileOrName, '.yaml')}-shrunk.yaml`);
  const shrunk = shrinkFinding(scenario, wanted, { ...rules, ...budgetOf(words), progress: follower(wanted, file) });
  if (shrunk === undefined) throw new Error(`${identity(wanted)} was there a moment ago`);
  const described = describe(shrunk.scenario, shrunk.finding);
  save(file, described);
  const story = storyOf(described, shrunk.finding, rules);
  if (story === undefined) throw new Error(`${identity(wanted)} was there a moment ago`);
  if (process.stderr.isTTY) process.stderr.write('\n');
  process.stdout.write(`${words.json === true ? JSON.stringify(outcomeJson(shrunk, story, file)) : outcomeText(scenario, shrunk, story, file)}\n`);
  return ExitCode.findings;
}

function chosenFinding(scenario: Scenario, name: string | undefined, rules: ReturnType<typeof decisions>, fileOrName: string): Finding {
  const bad = simulate(scenario, rules).findings.filter(({ verdict }) => verdict === 'finding' || verdict === 'unknown');
  const chosen = name === undefined ? (bad.find(({ verdict }) => verdict === 'finding') ?? bad[0]) : bad.find((each) => isNamed(each, name));
  if (chosen !== undefined) return chosen;
  const all = bad.map(identity).join(', ');
  throw new UsageError(
    all === '' ? `${fileOrName} shows no finding: there is nothing to keep` : `${fileOrName} does not show ${name}; it shows ${all}`,
  );
}

const isNamed = (finding: Finding, name: string): boolean => identity(finding) === name || `${finding.checker}/${finding.anomaly}` === name;

function budgetOf({ budget, runs }: ShrinkWords): Pick<ShrinkOptions, 'maxRuns' | 'goOn'> {
  if (runs !== undefined) return { maxRuns: runs };
  const start = process.cpuUsage();
  return {
    goOn: () => {
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1_000_000 < budget;
    },
  };
}

const lineEveryMs = 2000;

/** Each smaller one is on the disk before the next is tried: whoever interrupts has the smallest so far. */
function follower(wanted: Finding, file: string): (news: ShrinkNews) => void {
  let lastMs = performance.now();
  return ({ runs, smallest, trying, smaller }) => {
    if (smaller) save(file, describe(smallest, wanted));
    const line = `${runs} runs, down to ${sizeText(smallest)}; now ${trying}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${line}`);
    else if (performance.now() - lastMs >= lineEveryMs) {
      lastMs = performance.now();
      process.stderr.write(`${line}\n`);
    }
  };
}

function save(file: string, scenario: Scenario): void {
  try {
    // Whole or not at all: an interruption leaves the one before.
    writeFileSync(`${file}.part`, printScenario(scenario));
    renameSync(`${file}.part`, file);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : error}. Name another file with --out.`);
  }
}

function describe(scenario: Scenario, { checker, anomaly, place }: Finding): Scenario {
  const meaning = meaningOf(anomaly);
  return { ...scenario, description: `Shows ${checker}/${anomaly} at ${place}${meaning === undefined ? '' : `: ${meaning}`}.` };
}

function sizeText({ faults, workload }: Scenario): string {
  const members = (workload.groups ?? []).reduce((sum, group) => sum + (group.only?.length ?? group.members), 0);
  const clients = workload.producers.length + workload.consumers.length + members;
  const all = workload.producers.every(({ only }) => only !== undefined);
  const records = workload.producers.reduce((sum, { only }) => sum + (only?.length ?? 0), 0);
  const parts = [count(faults.length, 'fault'), count(clients, 'client'), ...(all ? [count(records, 'record')] : []), `${workload.seconds} s`];
  return parts.join(', ');
}

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;

function outcomeText(before: Scenario, { scenario, runs, minimal }: Shrunk, story: Story, file: string): string {
  const proof = minimal ? 'nothing of it can be left out' : 'the budget ended before all was tried: run it again on the smaller file to go on';
  return `${storyText(story)}\n\nFrom ${sizeText(before)} to ${sizeText(scenario)} in ${runs} runs; ${proof}.\nReplay: ${replayCommand(file)}`;
}

const outcomeJson = ({ finding, runs, minimal }: Shrunk, story: Story, file: string): object => ({
  file,
  finding,
  storyEvents: story.entries.length,
  runs,
  minimal,
  replay: replayCommand(file),
  story: storyText(story).split('\n'),
});
