/** `faultline defects` and what it prints: it finds, counts, and leads to a replay by the rules of the defect. Runs what `npm run build` made. */
import { beforeAll, describe, expect, test } from 'vitest';
import { defects } from '../../src/simulation/defect/defects.ts';
import type { Hunt } from '../simulation/defect/report.ts';
import { brokenRules, type Ended, lastLine, main, shellFor } from './program.ts';

const shell = shellFor('defects');

interface Found {
  readonly defects: readonly Hunt[];
}
const jsonOf = (ended: Ended): Found => JSON.parse(lastLine(ended));

describe('a defect that is found', () => {
  let hunt: Ended = { status: null, out: '', err: '' };
  beforeAll(() => {
    hunt = shell.run(main, 'defects', 'KIP-101', '--json', '--out', 'out');
  });

  test('is one line of JSON with these fields, and exit code 0', () => {
    expect(hunt.status).toBe(0);
    const { defects: found } = jsonOf(hunt);
    expect(found).toEqual([
      {
        id: 'KIP-101',
        found: true,
        seeds: expect.any(Number),
        cpuSeconds: expect.any(Number),
        finding: expect.stringMatching(/^[\w-]+\/[\w-]+\/.+$/),
        storyEvents: expect.any(Number),
      },
    ]);
    expect(Object.keys(found[0] ?? {})).toEqual(['id', 'found', 'seeds', 'cpuSeconds', 'finding', 'storyEvents']);
    expect(hunt.err).toMatch(/^KIP-101 +yes +\d+ +\d+\.\d +\S+\/\S+\/\S+ +\d+$/m);
  });

  test('comes with a story, and with commands that show it by its rules, while the right rules show nothing', () => {
    expect(hunt.err).toContain(`What happened, in ${jsonOf(hunt).defects[0]?.storyEvents} step`);
    const commands = [...hunt.err.matchAll(/^(?:Replay|From anywhere): (.* --defect KIP-101)$/gm)].map((match) => match[1] ?? '');
    expect(commands).toHaveLength(2);
    const [checker, anomaly, place] = jsonOf(hunt).defects[0]?.finding?.split('/') ?? [];
    for (const command of commands) {
      const again = shell.bash(command);
      expect(again.status).toBe(1);
      expect(again.out).toContain(`${checker}/${anomaly} at ${place}: `);
      expect(shell.bash(command.replace(' --defect KIP-101', '')).status).toBe(0);
    }
    expect(shell.bash(`node ${main} shrink out/KIP-101.yaml --defect KIP-101 --out again.yaml`).out).toContain('--defect KIP-101');
  });

  test('is the same run that `run` plays: same base, same profile, same number of seeds', () => {
    const { seeds } = jsonOf(hunt).defects[0] ?? { seeds: 0 };
    const words = ['--seeds', String(seeds), '--profile', 'replication', '--base', '1', '--recheck', '0'];
    expect(shell.run(main, 'run', ...words, '--out', 'same').status).toBe(0);
    const { seed } = shell.runsOf('same').at(-1) ?? { seed: 0 };
    expect(shell.run(main, 'defects', 'KIP-101', '--no-shrink', '--out', 'plain').out).toContain(` in seed ${seed}\n`);
  });
});

describe('a defect of a log that is found', () => {
  let hunt: Ended = { status: null, out: '', err: '' };
  beforeAll(() => {
    hunt = shell.run(main, 'defects', 'KAFKA-14055', '--json', '--out', 'log');
  });

  test('is told operation by operation, and shown again by a file and by a token, while the right rules show nothing', () => {
    expect(hunt.status).toBe(0);
    const [found] = jsonOf(hunt).defects;
    expect(found).toMatchObject({ id: 'KAFKA-14055', found: true, finding: 'log/MarkerLost/orders-0' });
    expect(hunt.err).toContain(`What happened, in ${found?.storyEvents} steps`);
    const commands = [...hunt.err.matchAll(/^(?:Replay|From anywhere): (.* --defect KAFKA-14055)$/gm)].map((match) => match[1] ?? '');
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const again = shell.bash(command);
      expect(again.status).toBe(1);
      expect(again.out).toContain('log/MarkerLost at orders-0: ');
      expect(shell.bash(command.replace(' --defect KAFKA-14055', '')).status).toBe(0);
    }
  });

  test('is shrunk by itself, told as JSON, and refused where a scenario is needed', () => {
    expect(shell.bash(`node ${main} shrink log/KAFKA-14055.yaml --defect KAFKA-14055 --out log-again.yaml`).out).toContain(
      'nothing of it can be left out',
    );
    const json = shell.bash(`node ${main} replay log-again.yaml --defect KAFKA-14055 --json`);
    expect(JSON.parse(lastLine(json))).toMatchObject({ verdict: 'finding', findings: [{ checker: 'log', anomaly: 'MarkerLost' }] });
    const { status, err } = shell.bash(`node ${main} replay log-again.yaml --trace`);
    expect(status).toBe(2);
    expect(err).toContain('is a script for a log');
  });
});

describe('faultline defects', () => {
  test('lists all of them by id, profile and decision', () => {
    const { status, out } = shell.run(main, 'defects', '--list');
    expect(status).toBe(0);
    for (const { id, profile, decision } of defects) expect(out).toMatch(new RegExp(`^${id} +${profile} +${decision}$`, 'm'));
  });

  test('answers an id that nobody knows with those that there are', () => {
    const lines = [
      ['defects', 'KIP-0'],
      ['replay', 'partition-then-power-loss', '--defect', 'KIP-0'],
      ['shrink', 'x', '--defect', 'KIP-0'],
    ];
    for (const { status, err } of shell.runEach(main, lines)) {
      expect(status).toBe(2);
      for (const { id } of defects) expect(err).toContain(id);
    }
  });

  test('says what it did not find within the budget, and ends with exit code 1', () => {
    const hunt = shell.run(main, 'defects', 'KIP-98', 'KIP-98', '--budget', '0.01', '--json', '--out', 'poor');
    expect(hunt.status).toBe(1);
    expect(jsonOf(hunt).defects).toEqual([
      { id: 'KIP-98', found: false, seeds: 1, cpuSeconds: expect.any(Number), finding: null, storyEvents: null },
    ]);
    expect(hunt.err).toContain('NOT FOUND: KIP-98');
  });

  test('says so when what it found has nothing to do with the defect: the right rules show it too', () => {
    const broken = shell.breakRule('broken', brokenRules.highWatermark);
    const { status, out } = shell.run(broken, 'defects', 'KIP-98', '--no-shrink', '--out', 'own');
    expect(status).toBe(1);
    expect(out).toMatch(/^FINDING OF OUR OWN: where KIP-98 was found, Kafka's own rules are no better: .*HighWatermark/m);
  });
});
