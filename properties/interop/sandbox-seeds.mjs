/**
 * Plays the story of kafkajs from dist/ with each of the seeds given, under plain Node, and prints a line of JSON for each.
 * Usage: node sandbox-seeds.mjs <virtual seconds, or 0 for the story's own> <seed>...
 */
import { readFileSync } from 'node:fs';
import { runSandbox } from '../../dist/sandbox/sandbox.js';
import { parseScenario } from '../../dist/simulation/scenario/parse.js';

const [seconds, ...seeds] = process.argv.slice(2).map(Number);
const parsed = parseScenario(readFileSync(new URL('../../scenarios/kafkajs-through-a-leader-crash.yaml', import.meta.url), 'utf8'));
if (!parsed.ok) throw new Error(parsed.error.join('\n'));
const { workload } = parsed.value;
for (const seed of seeds) {
  const before = { ms: performance.now(), cpu: process.cpuUsage() };
  const result = await runSandbox({ scenario: { ...parsed.value, seed, workload: { ...workload, seconds: seconds || workload.seconds } } });
  const { user, system } = process.cpuUsage(before.cpu);
  const played = {
    seed,
    verdict: result.verdict,
    findings: result.findings.map(({ anomaly, place, message }) => `${anomaly} at ${place}: ${message}`),
    unmet: result.unmet,
    acknowledged: result.acknowledged,
    events: result.events,
    traceHash: result.traceHash,
    virtualSeconds: result.virtualUs / 1e6,
    wallSeconds: (performance.now() - before.ms) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
  console.log(JSON.stringify(played));
}
