/** A swarm in words: what one run found and how to see it again, and the tables at the end. */
import { meaningOf } from '../simulation/checker/meaning.ts';
import { faultKinds } from '../simulation/nemesis/fault.ts';
import { commandLine, replayCommand } from './replay-command.ts';
import type { SeedSummary } from './seed-run.ts';
import { table } from './table.ts';
import type { SwarmTotals, Tally } from './tally.ts';

/** How many findings of one run are told at once: the first ones come nearest to the cause, the replay tells all. */
const told = 4;
const longestMessage = 300;
const mostLines = 4;

/** The command that plays a run again. `file`: its scenario, if it could be written. */
export function replayOf(summary: SeedSummary, file: string | undefined): string {
  const family = summary.profile === undefined ? [] : ['--profile', summary.profile];
  return file === undefined ? commandLine('run', '--seed', String(summary.seed), ...family) : replayCommand(file);
}

/** What went wrong in one run, and how to see it again. */
export function describeRun(summary: SeedSummary, replay: string): string {
  const bad = summary.findings.filter((finding) => finding.verdict !== 'excused').sort((a, b) => a.timeUs - b.timeUs);
  const lines = bad.slice(0, told).flatMap((finding) => {
    const meaning = meaningOf(finding.anomaly);
    return [
      `  ${(finding.timeUs / 1e6).toFixed(3)} s  ${finding.anomaly} at ${finding.place}${meaning === undefined ? '' : `: ${meaning}`}`,
      ...shortened(finding.message, finding.checker === 'harness' || finding.checker === 'determinism' ? mostLines : 1),
    ];
  });
  if (bad.length > told) lines.push(`  and ${bad.length - told} more`);
  return [titleOf(summary), ...lines, `  run's trace hash: ${summary.traceHash === '' ? 'none' : summary.traceHash}`, `  replay: ${replay}`, ''].join(
    '\n',
  );
}

/** A run in which nothing went wrong that was not told of an earlier one. */
export function describeAgain(summary: SeedSummary, replay: string): string {
  const places = new Map<string, Set<string>>();
  for (const { verdict, anomaly, place } of summary.findings)
    if (verdict !== 'excused') places.set(anomaly, (places.get(anomaly) ?? new Set()).add(place));
  const again = [...places].map(([anomaly, all]) => `  ${anomaly} again, at ${[...all].slice(0, told).join(', ')}`);
  return [titleOf(summary), ...again.slice(0, told), `  replay: ${replay}`, ''].join('\n');
}

/** One way in which runs went wrong. */
export interface FoundKind {
  runs: number;
  /** Plays the smallest scenario that shows it. */
  replay: string;
}

/** At the very end, where people look: what to do next. */
export const kindsText = (kinds: ReadonlyMap<string, FoundKind>): string =>
  [
    'What was found, and the command that shows it:',
    ...[...kinds].flatMap(([kind, { runs, replay }]) => [`  ${kind}, in ${runs} ${runs === 1 ? 'run' : 'runs'}`, `    ${replay}`]),
  ].join('\n');

function shortened(message: string, most: number): readonly string[] {
  return message
    .split('\n')
    .slice(0, most)
    .map((line) => `      ${line.length > longestMessage ? `${line.slice(0, longestMessage)}...` : line}`);
}

function titleOf({ verdict, seed, findings }: SeedSummary): string {
  if (verdict !== 'finding') return `UNKNOWN: nobody can judge seed ${seed}`;
  const checkers = new Set(findings.filter((finding) => finding.verdict === 'finding').map((finding) => finding.checker));
  for (const own of ['harness', 'determinism']) checkers.delete(own);
  if (checkers.size > 0) return `FINDING in seed ${seed}: a promise of the cluster was broken`;
  return `FINDING in seed ${seed}: the run did not come out as runs must`;
}

/** Said while somebody waits. */
export const shrinkingText = (many: number): string =>
  `Making ${many === 1 ? 'a finding' : `${many} findings`} small, to tell the story; Ctrl-C keeps the smallest so far (--no-shrink leaves this out).`;

export function totalsTable(totals: SwarmTotals, tally: Tally): string {
  const perSecond = totals.wallSeconds > 0 ? totals.virtualSeconds / totals.wallSeconds : 0;
  return table([
    ['runs', totals.runs],
    ['findings', totals.findings],
    ['excused', totals.excused],
    ['unknown', totals.unknown],
    ['played twice', totals.rechecked],
    ['acknowledged records', tally.acknowledged],
    ['events', totals.events],
    ['virtual seconds', totals.virtualSeconds],
    ['wall seconds', totals.wallSeconds],
    ['virtual seconds a second', perSecond],
    [totals.runs === 1 ? 'trace hash of the swarm' : 'trace hash', totals.traceHash],
    ...tally.onlyTrace.map((hash): [string, string] => ['trace hash of the run', hash]),
  ]);
}

export const faultTable = (totals: SwarmTotals): string =>
  table([['fault', 'runs in which it fired'], ...faultKinds.map((kind): [string, number] => [kind, totals.faultsFired[kind] ?? 0])]);

export const coverageTable = (tally: Tally): string =>
  table([['event', 'runs', 'times'], ...[...tally.coverage].map(([kind, { runs, times }]): [string, number, number] => [kind, runs, times])]);
