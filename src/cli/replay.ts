/** `faultline replay` and what it shares with `scenario run`: one scenario played, and told in full. */
import type { Command } from 'commander';
import { logStoryText } from '../report/log-story-text.ts';
import { looksLikeToken, playableToken, scenarioToken } from '../report/token.ts';
import { runSandbox, SandboxSetupError } from '../sandbox/sandbox.ts';
import { judge } from '../simulation/checker/finding.ts';
import { type Defect, rulesOf } from '../simulation/defect/defect.ts';
import type { LogScript } from '../simulation/log-trial/operation.ts';
import { playLog } from '../simulation/log-trial/play.ts';
import { isLogScript } from '../simulation/run/playable.ts';
import type { RunResult } from '../simulation/run/result.ts';
import { type SimulateOptions, simulate } from '../simulation/run/simulate.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { ExitCode, UsageError } from './exit.ts';
import { knownDefect, virtualSeconds } from './options.ts';
import { replayCommand } from './replay-command.ts';
import { describeRun, exitCodeOf, runJson } from './replay-text.ts';
import { tracer } from './replay-trace.ts';
import { findPlayable } from './scenario-files.ts';

export interface PlayOptions {
  readonly trace?: true;
  /** Virtual seconds since the world began. */
  readonly until?: number;
  readonly node?: string;
  readonly defect?: Defect;
  readonly json?: true;
}

export function addReplay(program: Command, end: (code: ExitCode) => void): void {
  addPlayOptions(
    program
      .command('replay')
      .description('Play one scenario again, or one script for a log: a file, a token, or one of those that `scenario list` names.')
      .argument('<file, name or token>'),
  ).action(async (which: string, options: PlayOptions) => end(await play(which, options)));
}

export const addPlayOptions = (command: Command): Command =>
  command
    .option('--trace', 'print every event of every node')
    .option('--until <seconds>', 'play only so far, in virtual seconds, and tell how things stand then', virtualSeconds)
    .option('--node <node>', 'print the events of this node alone: the id of a broker, or a name')
    .option('--defect <id>', 'play it by this known-bad decision, one of those that `defects --list` names', knownDefect)
    .option('--json', 'print the result as JSON, as the last line, and events as one JSON object a line');

/** Plays the scenario, or the script for a log, of a file, a name or a token and tells what came of it. */
export async function play(which: string, options: PlayOptions): Promise<ExitCode> {
  const { trace, until, node, defect, json } = options;
  const scenario = findPlayable(which);
  if (isLogScript(scenario)) return playScript(which, scenario, options);
  const startMs = performance.now();
  const traced = trace === true || node !== undefined;
  const result = await played(scenario, {
    ...(defect && rulesOf(defect)),
    ...(until === undefined ? {} : { untilUs: Math.round(until * 1e6) }),
    ...(traced ? { listener: tracer(scenario, { json: json === true, ...(node === undefined ? {} : { node }) }) } : {}),
  });
  if (json === true) process.stdout.write(`${runJson(result)}\n`);
  else {
    process.stdout.write(`${describeRun(result, performance.now() - startMs)}\n`);
    if (!traced) process.stdout.write(`Every event of it: ${replayCommand(which, defect)} --trace\n`);
    if (!traced && !looksLikeToken(which)) process.stdout.write(`As a token: ${scenarioToken(scenario)}\n`);
  }
  return exitCodeOf(result);
}

/** Its story is all that there is of it. */
function playScript(which: string, script: LogScript, { trace, until, node, defect, json }: PlayOptions): ExitCode {
  if (trace === true || until !== undefined || node !== undefined)
    throw new UsageError(`${which} is a script for a log: it is told in full, and --trace, --until and --node are for scenarios`);
  const { findings, events } = playLog(script, defect && rulesOf(defect).rules);
  if (json === true) process.stdout.write(`${JSON.stringify({ verdict: judge(findings), findings, events, token: playableToken(script) })}\n`);
  else {
    if (script.description !== '') process.stdout.write(`${script.description.trimEnd()}\n\n`);
    process.stdout.write(
      `${logStoryText(events, findings)}\n\n${findings.length === 0 ? 'Clean' : 'FINDING'}: ${events.length} of ${script.operations.length} operations played\n`,
    );
    if (!looksLikeToken(which)) process.stdout.write(`As a token: ${playableToken(script)}\n`);
  }
  return findings.length === 0 ? ExitCode.clean : ExitCode.findings;
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
