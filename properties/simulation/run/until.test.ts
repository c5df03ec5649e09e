/** A run that is cut short is the beginning of the whole run, tells how things stand there, and judges nothing that only an end can show. */
import { readFileSync } from 'node:fs';
import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { runSandbox } from '../../../src/sandbox/sandbox.ts';
import { TraceRecording } from '../../../src/simulation/history/trace-recording.ts';
import { nodeNames } from '../../../src/simulation/run/node-names.ts';
import type { RunResult } from '../../../src/simulation/run/result.ts';
import { type SimulateOptions, simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';

function story(name: string): Scenario {
  const read = parseScenario(readFileSync(new URL(`../../../scenarios/${name}.yaml`, import.meta.url), 'utf8'));
  if (!read.ok) throw new Error(read.error.join('\n'));
  return read.value;
}
const scenario = story('partition-then-power-loss');

function recorded(options: SimulateOptions, played = scenario): { readonly result: RunResult; readonly recording: TraceRecording } {
  const recordings: TraceRecording[] = [];
  const recording = (hash: ConstructorParameters<typeof TraceRecording>[0]): TraceRecording => {
    const made = new TraceRecording(hash);
    recordings.push(made);
    return made;
  };
  const result = simulate(played, { ...options, recording });
  const [made] = recordings;
  if (made === undefined) throw new Error('nothing was recorded');
  return { result, recording: made };
}
/** When an entry was made, in microseconds. */
const timeOf = (recording: TraceRecording, index: number): number => Math.round(Number(recording.line(index)?.split(' ')[0]) * 1e6);

const whole = recorded({});

describe('a run that is cut short', () => {
  property.prop([fc.integer({ min: 1, max: 50_000_000 })], { numRuns: 15 })('is the beginning of the whole run, to the last event', (untilUs) => {
    const cut = recorded({ untilUs });
    const last = cut.recording.count - 1;
    expect(last < 0 || whole.recording.agreesWith(cut.recording, last)).toBe(true);
    if (untilUs >= whole.result.virtualUs) {
      expect(cut.result).toMatchObject({ complete: true, traceHash: whole.result.traceHash });
      return;
    }
    expect(cut.result).toMatchObject({ complete: false, virtualUs: untilUs, unmet: [] });
    if (last + 1 < whole.recording.count) expect(timeOf(whole.recording, last + 1)).toBeGreaterThan(untilUs);
  });

  test('ends between two moments at which the whole run looks around, and takes in what happens at its own', () => {
    const at = whole.recording.count >> 1;
    const untilUs = timeOf(whole.recording, at);
    const { recording } = recorded({ untilUs });
    expect(timeOf(recording, recording.count - 1)).toBe(untilUs);
    expect(recorded({ untilUs: untilUs - 1 }).recording.count).toBeLessThan(recording.count);
  });

  test('is cut at the same event in the sandbox', async () => {
    const { traceHash, virtualUs, cluster } = simulate(scenario, { untilUs: 9_876_543 });
    const sandboxed = await runSandbox({ scenario, untilUs: 9_876_543 });
    expect([sandboxed.complete, sandboxed.traceHash, sandboxed.virtualUs, sandboxed.cluster]).toEqual([false, traceHash, virtualUs, cluster]);
  });

  test('tells what was found by then, and nothing that is found later or judged at the end', () => {
    const { replication } = kafkaRules;
    const rules: Rules = { ...kafkaRules, replication: { ...replication, advanceHighWatermark: (leader) => leader.logEndOffset } };
    const { findings } = simulate(scenario, { rules });
    const first = findings.find(({ verdict }) => verdict === 'finding');
    if (first === undefined) throw new Error('the planted rule broke nothing');
    expect(simulate(scenario, { rules, untilUs: first.timeUs - 1 }).findings).toEqual([]);
    const seen = simulate(scenario, { rules, untilUs: first.timeUs });
    expect(seen.verdict).toBe('finding');
    expect(seen.findings).toContainEqual(first);
    expect(whole.result.findings.map(({ anomaly }) => anomaly)).toEqual(['duplicate']);
    expect(recorded({ untilUs: whole.result.virtualUs - 1 }).result.findings).toEqual([]);
  });

  test('tells how each broker and each replica stands, as their own events said last', () => {
    const played = { ...story('late-answer-after-rejoining'), faults: story('partition-then-power-loss').faults };
    for (const untilUs of [4_000_000, 7_000_000, 9_500_000, 30_000_000]) {
      const told: (readonly [nodeId: number, event: NodeEvent])[] = [];
      const { cluster } = simulate(played, { untilUs, listener: { observed: (_, nodeId, event) => void told.push([nodeId, event]) } });
      expect(cluster.brokers).toHaveLength(played.cluster.brokers);
      expect(cluster.partitions.map(({ partition }) => partition)).toContain('__consumer_offsets-2');
      for (const { partition, leader, isr, replicas } of cluster.partitions) {
        const events = told.flatMap(([nodeId, event]) => ('partition' in event && event.partition === partition ? [{ nodeId, event }] : []));
        const state = events.flatMap(({ event }) => (event.type === 'partitionState' ? [event] : [])).at(-1);
        expect([leader, isr]).toEqual([state?.leader, state?.isr]);
        for (const { broker, logEnd } of replicas) {
          const ends = events.flatMap(({ nodeId, event }) => {
            if (nodeId !== broker) return [];
            if (event.type === 'appended') return [event.last + 1];
            if (event.type === 'recovered') return [event.logEnd];
            return event.type === 'truncated' ? [event.to] : [];
          });
          expect(logEnd, `${partition} on ${broker} at ${untilUs}`).toBe(ends.at(-1) ?? 0);
        }
      }
    }
  });

  test('tells who is down, and who is fenced', () => {
    const crash = whole.result.faultsFired.find(({ kind }) => kind === 'crash');
    if (crash === undefined) throw new Error('nobody crashed');
    const brokersAt = (untilUs: number) => recorded({ untilUs }).result.cluster.brokers.find(({ id }) => `broker-${id}` === crash.node);
    expect(brokersAt(crash.atUs - 1)).toMatchObject({ state: 'running' });
    expect(brokersAt(crash.atUs)).toMatchObject({ state: 'down', fenced: false });
    // Once its session has expired.
    expect(brokersAt(crash.atUs + 4_000_000)).toMatchObject({ state: 'down', fenced: true });
    expect(brokersAt(whole.result.virtualUs - 1)).toMatchObject({ state: 'running', fenced: false });
  });
});

test('every machine of a run has the name under which its events are told', () => {
  for (const name of ['partition-then-power-loss', 'late-answer-after-rejoining', 'leader-expelled-before-it-assigns']) {
    const played = story(name);
    const names = nodeNames(played);
    const struck = new Set<string>();
    const ids = new Set<number>();
    const { faultsFired } = simulate(played, { listener: { observed: (_, nodeId) => void ids.add(nodeId), crashed: (_, id) => void ids.add(id) } });
    for (const { node } of faultsFired) struck.add(node);
    expect([...ids].filter((id) => !names.has(id))).toEqual([]);
    expect(struck.size, `machines struck in ${name}`).toBeGreaterThan(0);
    expect([...struck].filter((node) => ![...names.values()].includes(node))).toEqual([]);
  }
});
