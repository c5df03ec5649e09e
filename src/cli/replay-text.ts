/** What came of one run, told in full: for people, and as one line of JSON. */
import { findingText, secondsText } from '../report/finding-text.ts';
import { scenarioToken } from '../report/token.ts';
import type { ClusterState, ReplicaState } from '../simulation/run/cluster-state.ts';
import type { RunResult } from '../simulation/run/result.ts';
import { ExitCode } from './exit.ts';
import { group, table } from './table.ts';

/** A finding that was not expected is a failure; one that was is not. */
export function exitCodeOf({ scenario, findings, unmet }: RunResult): ExitCode {
  const expected = (anomaly: string): boolean => scenario.expect.findings.includes(anomaly);
  if (findings.some(({ verdict, anomaly }) => verdict === 'finding' && !expected(anomaly))) return ExitCode.findings;
  return unmet.length > 0 || findings.some(({ verdict }) => verdict === 'unknown') ? ExitCode.unknown : ExitCode.clean;
}

export function describeRun(result: RunResult, wallMs: number): string {
  const { scenario } = result;
  const parts: string[] = [];
  if (scenario.description !== '') parts.push(scenario.description.trimEnd());
  const faults = result.faultsFired.map((fault) => [secondsText(fault.atUs), `faults[${fault.index}]`, fault.kind, fault.node]);
  if (faults.length > 0) parts.push(`Faults:\n${table(faults, '  ')}`);
  for (const [title, verdict] of [
    ['Findings', 'finding'],
    ['Unknown', 'unknown'],
    ['Excused', 'excused'],
  ] as const) {
    const lines = result.findings.filter((finding) => finding.verdict === verdict).map(findingText);
    if (lines.length > 0) parts.push(`${title}:\n${lines.join('\n')}`);
  }
  if (result.unmet.length > 0) parts.push(`Not as expected:\n${result.unmet.map((line) => `  ${line}`).join('\n')}`);
  if (!result.complete) parts.push(`At ${secondsText(result.virtualUs).trim()}:\n${clusterText(result.cluster)}`);
  const coverage = [...result.coverage].filter(([, times]) => times > 0).map(([kind, times]) => `${kind} ${times}`);
  parts.push(`Events: ${coverage.join(', ')}`);
  parts.push(
    `${verdictText(result)}: ${group(result.acknowledged)} records acknowledged, ${group(result.events)} events, ${group(result.virtualUs / 1e6)} virtual seconds in ${group(wallMs / 1000)} s, trace hash ${result.traceHash}`,
  );
  if (!result.complete) parts.push('What clients saw and what lies on the disks is judged at the end of a whole run.');
  return parts.join('\n\n');
}

function verdictText(result: RunResult): string {
  const code = exitCodeOf(result);
  if (code === ExitCode.findings) return 'FINDING';
  if (code === ExitCode.unknown) return result.findings.some(({ verdict }) => verdict === 'unknown') ? 'UNKNOWN' : 'NOT AS EXPECTED';
  if (result.findings.length > 0) return 'As expected';
  return result.complete ? 'Clean' : 'Clean so far';
}

/** One row a broker, one a partition; replicas with what they hold. */
function clusterText({ brokers, partitions }: ClusterState): string {
  const brokerRows = brokers.map(({ id, state, fenced }) => {
    const leads = partitions.filter(({ leader }) => leader === id).map(({ partition }) => partition);
    return [`broker ${id}`, fenced ? `${state}, fenced` : state, leads.length === 0 ? 'leads nothing' : `leads ${leads.join(' ')}`];
  });
  const partitionRows = partitions.map(({ partition, leader, isr, elr, replicas }) => [
    partition,
    leader < 0 ? 'no leader' : `leader ${leader}`,
    `isr ${isr.join(',')}${elr.length === 0 ? '' : ` elr ${elr.join(',')}`}`,
    ...replicas.map(replicaText),
  ]);
  return `${table(brokerRows, '  ')}\n${table(partitionRows, '  ')}`;
}

/** `2: [0, 57) hw 55` */
const replicaText = ({ broker, logStart, logEnd, highWatermark }: ReplicaState): string =>
  `${broker}: [${logStart}, ${logEnd}) hw ${highWatermark ?? '-'}`;

/** What programs read. Fields are added, never renamed. */
export function runJson(result: RunResult): string {
  return JSON.stringify({
    verdict: result.verdict,
    complete: result.complete,
    findings: result.findings,
    unmet: result.unmet,
    faultsFired: result.faultsFired,
    acknowledged: result.acknowledged,
    events: result.events,
    virtualSeconds: result.virtualUs / 1e6,
    coverage: Object.fromEntries(result.coverage),
    traceHash: result.traceHash,
    cluster: result.cluster,
    seed: result.scenario.seed,
    token: scenarioToken(result.scenario),
  });
}
