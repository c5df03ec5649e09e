/** Randomness is weather: what one client does leaves the luck of everybody else as it was. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TraceRecording } from '../../../src/simulation/history/trace-recording.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';

/** A named story whose faults come by the clock: one that waits for the n-th event strikes elsewhere when an event is missing. */
function byTheClock(story: string): Scenario {
  const told = parseScenario(readFileSync(new URL(`../../../scenarios/${story}.yaml`, import.meta.url), 'utf8'));
  if (!told.ok) expect.fail(told.error.join('\n'));
  const faults = told.value.faults.filter((fault) => fault.trigger.type === 'time');
  expect(faults.length).toBeGreaterThan(0);
  return { ...told.value, faults };
}
const stories = ['slow-follower-leaves-the-isr', 'partition-then-power-loss', 'late-answer-after-rejoining', 'minority-leader-keeps-no-promise'];

/** Every dispatch with its time, as its readable line. */
function dispatches(scenario: Scenario): { readonly lines: readonly (readonly [timeUs: number, line: string])[]; readonly sentAtUs: number } {
  let recording: TraceRecording | undefined;
  const lines: (readonly [number, string])[] = [];
  const result = simulate(scenario, {
    recording: (hash) => {
      recording = new TraceRecording(hash);
      const { dispatched } = recording;
      const told = recording;
      recording.dispatched = (timeUs, hostId, kind, a, b) => {
        lines.push([timeUs, `${timeUs} ${hostId} ${kind} ${a} ${b}`]);
        dispatched.call(told, timeUs, hostId, kind, a, b);
      };
      return recording;
    },
  });
  const sent = result.history.operations.find((each) => each.operation.type === 'send' && each.operation.value === `producer-1/${dropped}`);
  return { lines, sentAtUs: sent?.timeUs ?? -1 };
}

const dropped = 20;

/** The same scenario without that record of its first producer. */
function without({ workload, ...rest }: Scenario): Scenario {
  const [first, ...others] = workload.producers;
  if (first === undefined) throw new Error('the story has a producer');
  const only = Array.from({ length: 10_000 }, (_, number) => number).filter((number) => number !== dropped);
  return { ...rest, workload: { ...workload, producers: [{ ...first, only }, ...others] } };
}

function shareUnchanged(scenario: Scenario): number {
  const { lines, sentAtUs } = dispatches(scenario);
  expect(sentAtUs).toBeGreaterThan(0);
  const fromUs = sentAtUs + 1_000_000;
  const later = (all: typeof lines): readonly string[] => all.filter(([timeUs]) => timeUs > fromUs).map(([, line]) => line);
  const base = later(lines);
  const other = later(dispatches(without(scenario)).lines);
  const left = new Map<string, number>();
  for (const line of other) left.set(line, (left.get(line) ?? 0) + 1);
  let same = 0;
  for (const line of base) {
    const times = left.get(line) ?? 0;
    if (times === 0) continue;
    left.set(line, times - 1);
    same++;
  }
  // Enough of them, for as long as the run lasts.
  expect(base.length).toBeGreaterThan(100 * (scenario.workload.seconds - fromUs / 1e6));
  return same / base.length;
}

describe('the weather', () => {
  test.each(stories)('stays as it was for at least 95 of 100 events later than a second when one produce is dropped: %s', (story) => {
    expect(shareUnchanged(byTheClock(story))).toBeGreaterThanOrEqual(0.95);
  });
  test('changes with the seed of the world', () => {
    const scenario = byTheClock(stories[0] ?? '');
    expect(simulate({ ...scenario, seed: scenario.seed + 1 }).traceHash).not.toBe(simulate(scenario).traceHash);
  });
});
