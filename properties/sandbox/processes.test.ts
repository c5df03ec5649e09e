/** Processes of one world: each with modules of its own; they crash, restart, end themselves and die of errors, as under Node. */
import { describe, expect, test } from 'vitest';
import type { SandboxEnv } from '../../src/sandbox/program.ts';
import { calm, crashing, inProcess, play } from './rig.ts';

interface Counter {
  ask(): number;
  again(): number;
}
const counter = (env: SandboxEnv): Counter => env.require('./fixtures/counting.cjs') as Counter;
const here = { resolveFrom: import.meta.url };
const never = new Promise<void>(() => undefined);
const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

describe('two processes', () => {
  test('share no module’s state, and one process shares it with itself', async () => {
    const told: number[] = [];
    const start = (env: SandboxEnv) => void told.push(counter(env).ask(), counter(env).again());
    await play(
      ['a', 'b'].map((name) => ({ name, start })),
      here,
    );
    expect(told).toEqual([1, 2, 1, 2]);
  });
  test('have environments and listeners of their own', async () => {
    const told: (string | undefined)[] = [];
    const start = (env: SandboxEnv): void => {
      told.push(process.env['ROLE'], process.env['PATH']);
      process.env['ROLE'] = 'changed';
      process.on('SIGTERM', () => undefined);
      told.push(`${env.name} ${process.listenerCount('SIGTERM')}`);
    };
    const before = process.listenerCount('SIGTERM');
    await play([
      { name: 'a', env: { ROLE: 'reader' }, start },
      { name: 'b', start },
    ]);
    expect(told).toEqual(['reader', undefined, 'a 1', undefined, undefined, 'b 1']);
    expect(process.listenerCount('SIGTERM')).toBe(before);
    expect(process.env['ROLE']).toBeUndefined();
  });
});

describe('a process that crashes', () => {
  test('leaves no timer and keeps no promise, and starts again with fresh modules', async () => {
    const told: string[] = [];
    const start = async (env: SandboxEnv): Promise<void> => {
      told.push(`starts ${env.incarnation}, asked ${counter(env).ask()}`);
      await sleep(1500);
      told.push(`slept in ${env.incarnation}`);
    };
    const scenario = crashing(calm(5), 'service', 1000, 2000);
    const result = await play([{ name: 'service', start }], { ...here, scenario });
    expect(told).toEqual(['starts 1, asked 1', 'starts 2, asked 1', 'slept in 2']);
    expect(result.verdict).toBe('ok');
    expect(result.faultsFired).toHaveLength(1);
  });
  test('writes nothing more into the history', async () => {
    const start = async (env: SandboxEnv): Promise<void> => {
      const sending = env.record
        .producer({ idempotent: false, maxInFlight: 1 })
        .send({ topic: 'orders', key: null, value: `${env.incarnation}`, acks: -1 });
      await sleep(1500);
      sending.failed('it was only a test');
      if (env.incarnation === 1) told.push('the dead spoke');
    };
    const told: string[] = [];
    const result = await play([{ name: 'service', start }], { scenario: crashing(calm(5), 'service', 1000, 2000) });
    const sends = result.history.operations.filter(({ operation }) => operation.type === 'send');
    expect(sends.map(({ completion, process }) => [result.history.processes[process]?.name, completion?.type])).toEqual([
      ['service', undefined],
      ['service#2', 'fail'],
    ]);
    expect(told).toEqual([]);
  });
  test('that is told to stop gets SIGTERM, and ends when it says so', async () => {
    const told: string[] = [];
    const start = async (env: SandboxEnv): Promise<void> => {
      process.on('SIGTERM', () => {
        told.push('asked to stop');
        setTimeout(() => process.exit(0), 100);
      });
      await sleep(500);
      told.push(`lives ${env.incarnation}`);
    };
    const scenario = calm(5);
    const stop = { kind: 'stop', trigger: { type: 'time', atMs: 1000 }, target: { type: 'client', id: 'service' }, downMs: 1000 } as const;
    const result = await play([{ name: 'service', start }], { scenario: { ...scenario, faults: [stop] } });
    expect(told).toEqual(['lives 1', 'asked to stop', 'lives 2']);
    expect(result.verdict).toBe('ok');
  });
});

describe('a process dies, and it is a finding, of', () => {
  const ways: readonly (readonly [string, (env: SandboxEnv) => void | Promise<void>, string])[] = [
    [
      'an error when it starts',
      () => {
        throw new Error('bad start');
      },
      'Error: bad start',
    ],
    ['a rejection that nobody handles', () => Promise.reject(new Error('bad promise')), 'Error: bad promise'],
    [
      'an error in a timer',
      () =>
        void setTimeout(() => {
          throw new Error('bad timer');
        }, 100),
      'Error: bad timer',
    ],
    [
      'an error in a tick',
      () =>
        process.nextTick(() => {
          throw new Error('bad tick');
        }),
      'Error: bad tick',
    ],
    [
      'an error in a microtask',
      () =>
        queueMicrotask(() => {
          throw new Error('bad microtask');
        }),
      'Error: bad microtask',
    ],
    ['an exit code that is not 0', () => process.exit(3), 'it ended with exit code 3'],
    ['something of which no one heard', () => Promise.reject('just text'), 'just text'],
  ];
  test.each(ways)('%s', async (_title, start, message) => {
    const alive: string[] = [];
    const other = async (): Promise<void> => {
      await sleep(3000);
      alive.push('the other one lives');
    };
    const result = await play([
      { name: 'service', start },
      { name: 'other', start: other },
    ]);
    const found = result.findings.map(({ anomaly, place, message: text }) => `${anomaly} at ${place}: ${text.split('\n')[0]}`);
    expect(found).toEqual([`process-died at service: ${message}`]);
    expect(result.verdict).toBe('finding');
    expect(alive).toHaveLength(1);
  });
  test('nothing, when it handles what nobody else does, or ends in order', async () => {
    const told: unknown[] = [];
    const handles = (): void => {
      process.on('unhandledRejection', (reason) => told.push(reason));
      process.on('uncaughtException', (error) => told.push(error.message));
      void Promise.reject('kept');
      setTimeout(() => {
        throw new Error('held');
      }, 100);
    };
    const result = await play([
      { name: 'handles', start: handles },
      { name: 'ends', start: () => process.exit(0) },
    ]);
    expect(result.verdict).toBe('ok');
    expect(told).toEqual(['kept', 'held']);
  });
});

describe('a process', () => {
  test('is handed one event at a time: all that came of one is done before the next', async () => {
    const steps = await inProcess(async () => {
      const told: string[] = [];
      const work = (name: string) => async (): Promise<void> => {
        told.push(`${name} begins`);
        for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => process.nextTick(resolve));
        told.push(`${name} is done`);
      };
      for (const name of ['a', 'b', 'c']) setTimeout(() => void work(name)(), 100);
      await sleep(200);
      return told;
    });
    expect(steps).toEqual(['a begins', 'a is done', 'b begins', 'b is done', 'c begins', 'c is done']);
  });
  test('may be a file, which begins when it is loaded', async () => {
    const program = { name: 'service', module: './fixtures/service.cjs', env: { BROKERS: 'broker-1:9092' } };
    const result = await play([program], here);
    expect(result.findings).toEqual([]);
    expect(result.acknowledged).toBe(1);
  });
  test('that never gets where it wants to be is a finding', async () => {
    const start = (env: SandboxEnv): Promise<void> => {
      env.eventually(() => 'it waits for what never comes');
      return never;
    };
    const result = await play([{ name: 'service', start }]);
    expect(result.findings.map(({ anomaly, message }) => [anomaly, message])).toEqual([['not-settled', 'service: it waits for what never comes']]);
  });
});
