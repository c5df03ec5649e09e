/** `faultline replay` and what it shares with `scenario run`: one scenario played, and told in full. */
import type { Command } from 'commander';
import type { NodeEvent } from '../io/node-event.ts';
import { runSandbox, SandboxSetupError } from '../sandbox/sandbox.ts';
import type { Finding } from '../simulation/checker/finding.ts';
import { meaningOf } from '../simulation/checker/meaning.ts';
import { renderEvent } from '../simulation/history/render.ts';
import type { FiredFault } from '../simulation/nemesis/fault.ts';
import type { RunResult } from '../simulation/run/result.ts';
import { type SimulateOptions, simulate } from '../simulation/run/simulate.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { ExitCode, UsageError } from './exit.ts';
import { commandLine } from './replay-command.ts';
import { findScenario } from './scenario-files.ts';
import { group, table } from './table.ts';

export function addReplay(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('replay')
    .description('Play one scenario again: a file, or one of those that `scenario list` names.')
    .argument('<file or name>')
    .option('--trace', 'print every event of every node')
    .action(async (fileOrName: string, options: { readonly trace?: true }) => end(await play(fileOrName, options.trace === true)));
}

/** Plays the scenario of a file or a name and tells what came of it. */
export async function play(fileOrName: string, trace: boolean): Promise<ExitCode> {
  const scenario = findScenario(fileOrName);
  const startMs = performance.now();
  const result = await played(scenario, trace ? { listener: tracer() } : {});
  process.stdout.write(`${describeRun(scenario, result, performance.now() - startMs)}\n`);
  if (!trace) process.stdout.write(`Every event of it: ${commandLine('replay', fileOrName, '--trace')}\n`);
  return exitCodeOf(scenario, result);
}

/** Scenarios with npm clients need the sandbox; the others are quicker without. */
async function played(scenario: Scenario, options: SimulateOptions): Promise<RunResult> {
  if ((scenario.workload.sandbox ?? []).length === 0) return simulate(scenario, options);
  try {
    return await runSandbox({ ...options, scenario });
  } catch (error) {
    throw error instanceof SandboxSetupError ? new UsageError(error.message) : error;
  }
}

/** A finding that was not expected is a failure; one that was is not. */
export function exitCodeOf(scenario: Scenario, result: RunResult): ExitCode {
  const expected = (finding: Finding): boolean => scenario.expect.findings.includes(finding.anomaly);
  if (result.findings.some((finding) => finding.verdict === 'finding' && !expected(finding))) return ExitCode.findings;
  const unknown = result.findings.some((finding) => finding.verdict === 'unknown');
  return unknown || result.unmet.length > 0 ? ExitCode.unknown : ExitCode.clean;
}

function tracer(): NonNullable<SimulateOptions['listener']> {
  const line = (timeUs: number, node: string, text: string): void => {
    process.stdout.write(`${seconds(timeUs)}  ${node.padEnd(6)}  ${text}\n`);
    // Whoever read this has seen enough (`head`), and the rest would be played for nobody.
    if (process.stdout.errored !== null) process.exit(ExitCode.unknown);
  };
  return {
    observed: (timeUs: number, nodeId: number, event: NodeEvent) => line(timeUs, String(nodeId), renderEvent(event)),
    crashed: (timeUs, nodeId, lossy) => line(timeUs, String(nodeId), lossy ? 'lost power' : 'crashed'),
    restarted: (timeUs, nodeId) => line(timeUs, String(nodeId), 'starts again'),
    struck: (fault: FiredFault) => line(fault.atUs, '*', `faults[${fault.index}] ${fault.kind} strikes ${fault.node}`),
    phase: (timeUs, name) => line(timeUs, '*', `phase: ${name}`),
  };
}

const seconds = (timeUs: number): string => `${(timeUs / 1e6).toFixed(6).padStart(12)} s`;

function describeRun(scenario: Scenario, result: RunResult, wallMs: number): string {
  const parts: string[] = [];
  if (scenario.description !== '') parts.push(scenario.description.trimEnd());
  const faults = result.faultsFired.map((fault) => [seconds(fault.atUs), `faults[${fault.index}]`, fault.kind, fault.node]);
  if (faults.length > 0) parts.push(`Faults:\n${table(faults, '  ')}`);
  for (const [title, verdict] of [
    ['Findings', 'finding'],
    ['Unknown', 'unknown'],
    ['Excused', 'excused'],
  ] as const) {
    const lines = result.findings.filter((finding) => finding.verdict === verdict).map(describeFinding);
    if (lines.length > 0) parts.push(`${title}:\n${lines.join('\n')}`);
  }
  if (result.unmet.length > 0) parts.push(`Not as expected:\n${result.unmet.map((line) => `  ${line}`).join('\n')}`);
  const coverage = [...result.coverage].filter(([, times]) => times > 0).map(([kind, times]) => `${kind} ${times}`);
  parts.push(`Events: ${coverage.join(', ')}`);
  parts.push(
    `${verdictText(scenario, result)}: ${group(result.acknowledged)} records acknowledged, ${group(result.events)} events, ${group(result.virtualUs / 1e6)} virtual seconds in ${group(wallMs / 1000)} s, trace hash ${result.traceHash}`,
  );
  return parts.join('\n\n');
}

function verdictText(scenario: Scenario, result: RunResult): string {
  const code = exitCodeOf(scenario, result);
  if (code === ExitCode.findings) return 'FINDING';
  if (code === ExitCode.unknown) return result.findings.some((finding) => finding.verdict === 'unknown') ? 'UNKNOWN' : 'NOT AS EXPECTED';
  return result.findings.length === 0 ? 'Clean' : 'As expected';
}

function describeFinding(finding: Finding): string {
  const reason = finding.reason === undefined ? '' : ` (${finding.reason})`;
  const meaning = meaningOf(finding.anomaly);
  const title = `  ${seconds(finding.timeUs)}  ${finding.checker}/${finding.anomaly} at ${finding.place}`;
  return `${meaning === undefined ? title : `${title}: ${meaning}`}\n${' '.repeat(18)}${finding.message}${reason}`;
}
