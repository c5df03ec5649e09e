/** Holds a run against what its scenario expected. */
import type { Finding } from '../checker/finding.ts';
import type { History } from '../history/history.ts';
import type { FiredFault } from '../nemesis/fault.ts';
import { writeEventPattern, writeTarget } from '../nemesis/text.ts';
import type { Happening, Scenario } from '../scenario.ts';

/** Everything expected that did not come, and everything that came and was ruled out. Surprising findings are not told here: they speak for themselves. */
export function unmetExpectations(
  { expect, faults }: Scenario,
  findings: readonly Finding[],
  fired: readonly FiredFault[],
  happened: ReadonlySet<Happening>,
): readonly string[] {
  const unmet: string[] = [];
  if (expect.faults === 'all')
    for (const [index, fault] of faults.entries()) {
      if (fired.some((each) => each.index === index)) continue;
      const trigger = fault.trigger.type === 'time' ? `at ${fault.trigger.atMs} ms` : `on ${writeEventPattern(fault.trigger)}`;
      unmet.push(`faults[${index}] did not fire: ${fault.kind} of ${writeTarget(fault.target)} ${trigger}`);
    }
  const came = (anomaly: string, verdict: Finding['verdict']): boolean =>
    findings.some((finding) => finding.anomaly === anomaly && finding.verdict === verdict);
  for (const anomaly of expect.findings) if (!came(anomaly, 'finding')) unmet.push(`${anomaly} was expected and not found`);
  for (const anomaly of expect.excused) if (!came(anomaly, 'excused')) unmet.push(`${anomaly} was expected, excused, and not seen`);
  for (const event of expect.happens) if (!happened.has(event)) unmet.push(`${event} was expected and did not happen`);
  for (const event of expect.never) if (happened.has(event)) unmet.push(`${event} happened and must not`);
  return unmet;
}

/** Findings that the scenario did not ask for. */
export const surprises = ({ expect }: Scenario, findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((finding) => finding.verdict === 'finding' && !expect.findings.includes(finding.anomaly));

/** Some group got to work on a record that it had got before, as at-least-once delivery may. */
export function hasRedelivery({ operations }: History): boolean {
  const got = new Set<string>();
  for (const { operation } of operations) {
    if (operation.type !== 'handle') continue;
    for (const { value } of operation.records) {
      const key = `${operation.group} ${value}`;
      if (got.has(key)) return true;
      got.add(key);
    }
  }
  return false;
}
