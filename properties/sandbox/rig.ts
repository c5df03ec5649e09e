/** Plays programs in a sandbox with a small, calm cluster. */
import type { SandboxEnv, SandboxProgram } from '../../src/sandbox/program.ts';
import { runSandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import type { RunResult } from '../../src/simulation/run/result.ts';
import { parseScenario } from '../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../src/simulation/scenario.ts';

export function scenarioOf(text: string): Scenario {
  const scenario = parseScenario(text);
  if (!scenario.ok) throw new Error(scenario.error.join('\n'));
  return scenario.value;
}

/** One broker, one topic, nothing goes wrong. */
export const calm = (seconds = 5, seed = 1): Scenario =>
  scenarioOf(`
version: 1
seed: ${seed}
cluster: { brokers: 1, topics: [{ name: orders, partitions: 1, replicationFactor: 1 }] }
workload: { seconds: ${seconds} }
`);

/** Crashes of the process `service`, as a program's scenario: a parsed one names only the clients that it holds. */
export const crashing = (scenario: Scenario, client: string, atMs: number, downMs: number): Scenario => ({
  ...scenario,
  faults: [...scenario.faults, { kind: 'crash', trigger: { type: 'time', atMs }, target: { type: 'client', id: client }, powerLoss: true, downMs }],
});

export const play = (processes: readonly SandboxProgram[], options: Partial<SandboxOptions> = {}): Promise<RunResult> =>
  runSandbox({ scenario: calm(), processes, ...options });

/** Runs this in a process named `service` and hands back what it returned. */
export async function inProcess<T>(act: (env: SandboxEnv) => T | Promise<T>, options: Partial<SandboxOptions> = {}): Promise<T> {
  let got: { readonly value: T } | undefined;
  const start = async (env: SandboxEnv): Promise<void> => {
    got = { value: await act(env) };
  };
  const result = await play([{ name: 'service', start }], options);
  const died = result.findings.find(({ anomaly }) => anomaly === 'process-died');
  if (died !== undefined) throw new Error(died.message);
  if (got === undefined) throw new Error('the process did not come to its end');
  return got.value;
}
