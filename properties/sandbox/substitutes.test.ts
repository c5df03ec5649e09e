/** What a process is given instead of what is real: its own timers, clocks and chance, all of the virtual world; and all is put back at the end. */
import crypto, { randomBytes, randomUUID, webcrypto } from 'node:crypto';
import dns from 'node:dns';
import { createRequire } from 'node:module';
import net from 'node:net';
import timers from 'node:timers';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runSandbox } from '../../src/sandbox/sandbox.ts';
import { calm, inProcess, play } from './rig.ts';

const epochMs = Date.UTC(2026, 0, 1);
const wakeMs = 2000;

describe('a process’s time', () => {
  test('stands still while its code runs and goes on with the world, on every clock', async () => {
    const seen = await inProcess(async () => {
      const startMs = [
        Date.now(),
        Date.parse(new Date().toISOString()),
        Date.parse(Date()),
        performance.now(),
        Number(process.hrtime.bigint()) / 1e6,
        process.uptime() * 1000,
      ];
      for (let spin = 0; spin < 1e6; spin++) void spin;
      const laterMs = Date.now();
      await new Promise((resolve) => void setTimeout(resolve, wakeMs));
      const [seconds, nanos] = process.hrtime();
      const endMs = [
        Date.now(),
        Date.parse(new Date().toISOString()),
        Date.parse(Date()),
        performance.now(),
        seconds * 1000 + nanos / 1e6,
        process.uptime() * 1000,
      ];
      const text = [new Intl.DateTimeFormat('en', { timeZone: 'UTC', year: 'numeric' }).format(), new Date(0).toISOString()];
      return {
        startMs,
        laterMs,
        passed: endMs.map((ms, at) => ms - (startMs[at] ?? 0)),
        text,
        made: new (new Date().constructor as DateConstructor)().getTime(),
      };
    });
    expect(seen.startMs[0]).toBeGreaterThanOrEqual(epochMs);
    expect(seen.startMs[0]).toBeLessThan(epochMs + 60_000);
    expect(seen.laterMs).toBe(seen.startMs[0]);
    expect(seen.passed.map((ms) => Math.round(ms / 1000) * 1000)).toEqual(seen.passed.map(() => wakeMs));
    expect(seen.text).toEqual(['2026', '1970-01-01T00:00:00.000Z']);
    expect(seen.made).toBe((seen.startMs[0] ?? 0) + wakeMs);
  });
  test('fires timers in the order of their delays, after the floor at the earliest, and never those that were cleared', async () => {
    const told = await inProcess(async () => {
      const fired: string[] = [];
      const startMs = Date.now();
      const note = (name: string) => () => void fired.push(`${name} ${Date.now() - startMs}`);
      setTimeout(note('late'), 300);
      const cleared = setTimeout(note('cleared'), 100);
      timers.setTimeout(note('soon'), 1);
      setTimeout(note('negative'), -1);
      setImmediate(note('immediate'));
      const interval = setInterval(note('interval'), 100);
      const byNumber = setTimeout(note('cleared by number'), 50);
      const again = setTimeout(note('refreshed'), 100);
      setTimeout(() => again.refresh(), 90);
      clearTimeout(cleared);
      clearTimeout(Number(byNumber));
      process.nextTick(note('tick'));
      queueMicrotask(note('microtask'));
      await promisify(setTimeout)(250);
      clearInterval(interval);
      await sleepFor(200);
      const signal = AbortSignal.timeout(40);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      fired.push(`${(signal.reason as Error).name} ${Date.now() - startMs}`);
      const controller = new AbortController();
      const waiting = sleepFor(1000, 'slept', { signal: controller.signal }).catch((error: Error) => error.name);
      controller.abort();
      fired.push(await waiting);
      return fired;
    });
    expect(told).toEqual([
      ...['tick 0', 'microtask 0', 'immediate 0', 'soon 10', 'negative 10', 'interval 100', 'refreshed 190', 'interval 200', 'late 300'],
      ...['TimeoutError 490', 'AbortError'],
    ]);
  });
  test('has a floor of 1 ms where it is asked for', async () => {
    const ms = await inProcess(
      async () => {
        const startMs = Date.now();
        await sleepFor(1);
        return Date.now() - startMs;
      },
      { timerFloorMs: 1 },
    );
    expect(ms).toBe(1);
  });
});

describe('a process’s chance', () => {
  const draw = (seed: number) =>
    inProcess(
      async () => {
        const own = [Math.random(), randomUUID(), crypto.randomInt(1000), randomBytes(8).toString('hex')];
        const web = [
          webcrypto.getRandomValues(new Uint8Array(4)).join(),
          globalThis.crypto.randomUUID(),
          crypto.randomFillSync(Buffer.alloc(4)).toString('hex'),
        ];
        const later = await new Promise<string>((resolve) => void randomBytes(4, (_error, bytes) => resolve(bytes.toString('hex'))));
        return [...own, ...web, later];
      },
      { scenario: calm(1, seed) },
    );
  test('is the same for a seed, and another one for another seed', async () => {
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(again).toEqual(first);
    for (const [at, value] of first.entries()) expect(other[at]).not.toBe(value);
    expect(first[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('a process', () => {
  test('is answered later, in virtual time, what Node does in other threads', async () => {
    const told = await inProcess(async () => {
      const startMs = Date.now();
      const zipped = await promisify(zlib.gzip)('text');
      const text = (await promisify(zlib.gunzip)(zipped)).toString();
      const bad = await promisify(zlib.gunzip)(Buffer.from('no')).catch((error: NodeJS.ErrnoException) => error.code);
      const key = await promisify(crypto.pbkdf2)('password', 'salt', 1, 8, 'sha512');
      return { text, bad, same: key.equals(crypto.pbkdf2Sync('password', 'salt', 1, 8, 'sha512')), ms: Date.now() - startMs };
    });
    expect(told).toMatchObject({ text: 'text', bad: 'Z_DATA_ERROR', same: true });
    expect(told.ms).toBeGreaterThanOrEqual(20);
  });
  test('resolves the names of the virtual world and no others', async () => {
    const told = await inProcess(async () => {
      const { address } = await dns.promises.lookup('broker-1');
      const byCallback = await new Promise((resolve) => void dns.lookup('broker-1', { all: true }, (_error, found) => resolve(found)));
      const unknown = await dns.promises.lookup('example.com').catch((error: NodeJS.ErrnoException) => `${error.code} ${error.message}`);
      return { address, byCallback, unknown };
    });
    expect(told).toEqual({
      address: '10.0.0.1',
      byCallback: [{ address: '10.0.0.1', family: 4 }],
      unknown: 'ENOTFOUND getaddrinfo ENOTFOUND example.com',
    });
  });
});

describe('the end of a sandbox', () => {
  const require = createRequire(import.meta.url);
  const builtins = [
    'timers',
    'timers/promises',
    'net',
    'tls',
    'dns',
    'dns/promises',
    'fs',
    'fs/promises',
    'crypto',
    'zlib',
    'http',
    'https',
    'child_process',
    'worker_threads',
    'module',
    'os',
  ];
  /** Everything that can be told apart of what programs are given. */
  function given(): readonly (readonly [string, unknown])[] {
    const objects: readonly (readonly [string, object])[] = [
      ...builtins.map((name) => [name, require(`node:${name}`) as object] as const),
      ...([
        ['globalThis', globalThis],
        ['process', process],
        ['Math', Math],
        ['Date', Date],
        ['Date.prototype', Date.prototype],
        ['performance', performance],
      ] as const),
      ...([
        ['Intl', Intl.DateTimeFormat.prototype],
        ['Crypto', Object.getPrototypeOf(webcrypto) as object],
        ['Socket', net.Socket.prototype],
        ['Atomics', Atomics],
      ] as const),
    ];
    return objects.flatMap(([name, object]) =>
      Reflect.ownKeys(object).map((key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
        return [`${name} ${String(key)}`, descriptor?.get ?? descriptor?.value] as const;
      }),
    );
  }
  const differences = (before: readonly (readonly [string, unknown])[]): readonly string[] => {
    const now = new Map(given());
    return before.filter(([name, value]) => !Object.is(now.get(name), value)).map(([name]) => name);
  };
  const noise = /^(process (_|stdin|stdout|stderr)|globalThis __vitest)/;

  test('puts everything back, also after an error, and while it runs everything is substituted', async () => {
    const before = given();
    let during = 0;
    await inProcess(() => {
      during = differences(before).length;
    });
    expect(during).toBeGreaterThan(200);
    expect(differences(before).filter((name) => !noise.test(name))).toEqual([]);
    const broken = runSandbox({
      scenario: calm(),
      recording: () => {
        throw new Error('a listener of the test');
      },
    });
    await expect(broken).rejects.toThrow('a listener of the test');
    const brokenLater = play([{ name: 'service', start: () => undefined }], {
      listener: {
        phase: (_timeUs, name) => {
          if (name === 'liveness') throw new Error('a listener of the test');
        },
      },
    });
    expect((await brokenLater).verdict).toBe('unknown');
    expect(differences(before).filter((name) => !noise.test(name))).toEqual([]);
    expect(randomUUID()).not.toBe(randomUUID());
  });
  test('comes before another one begins', async () => {
    const first = play([{ name: 'service', start: () => undefined }]);
    await expect(play([])).rejects.toThrow('a sandbox runs already');
    await expect(first).resolves.toMatchObject({ verdict: 'ok' });
  });
});
