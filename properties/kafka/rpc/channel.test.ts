import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/io/network.ts';
import { Routes } from '../../../src/kafka/rpc/routes.ts';
import { type Api, apis } from '../../../src/protocol/apis.ts';
import { decodeRequestHeader, FrameReader } from '../../../src/protocol/frame.ts';
import { echo, type MetadataContext, Pair, port, withApiVersions } from './pair.ts';

/** An answer to ApiVersions in version 4 that offers nothing. */
const versions = (correlationId: number): readonly number[] => [0, 0, 0, 12, 0, 0, 0, correlationId, 0, 0, 1, 0, 0, 0, 0, 0];

describe('a channel', () => {
  test('connects on demand, negotiates versions and gives the answer', () => {
    const pair = new Pair();
    pair.serveMetadata((context, body) => context.respond(echo(body)));
    const states: string[] = [];
    const channel = pair.channel({ stateChanged: (state) => states.push(state) });
    const log: string[] = [];
    expect(channel.state).toBe('disconnected');
    pair.ask(channel, 'orders', log);
    pair.passMs(50);
    expect(log).toEqual(['orders=orders']);
    expect(states).toEqual(['connecting', 'negotiating', 'ready']);
    expect(channel.version(apis.metadata)).toBe(13);
  });

  test('keeps many requests in flight and hands out the answers in their order', () => {
    const pair = new Pair();
    const waiting: (() => void)[] = [];
    pair.serveMetadata((context, body) => waiting.push(() => context.respond(echo(body))));
    const channel = pair.channel({ requestTimeoutMs: 60_000 });
    const log: string[] = [];
    const names = Array.from({ length: 20 }, (_, at) => `t${at}`);
    for (const name of names) pair.ask(channel, name, log);
    pair.passMs(10);
    expect(channel.pending).toBe(20);
    for (let round = 0; round < 20; round++) {
      // A server handles one request of a connection at a time.
      expect(waiting.length).toBe(round + 1);
      pair.server.enter(() => waiting[round]?.());
      pair.passMs(5);
    }
    expect(log).toEqual(names.map((name) => `${name}=${name}`));
  });

  test('gives up the connection when an answer is late, and makes a new one for the next request', () => {
    const pair = new Pair();
    let silent = true;
    pair.serveMetadata((context, body) => {
      if (!silent) context.respond(echo(body));
    });
    const channel = pair.channel();
    const log: string[] = [];
    pair.ask(channel, 'late', log);
    pair.passMs(600);
    pair.ask(channel, 'behind', log);
    pair.passMs(390);
    expect(log).toEqual([]);
    pair.passMs(20);
    expect(log).toEqual(['late:timeout', 'behind:disconnected']);
    expect(channel.state).toBe('disconnected');
    silent = false;
    pair.ask(channel, 'again', log);
    pair.passMs(200);
    expect(log.at(-1)).toBe('again=again');
  });

  test('notices a peer that lost its power only by the time-out, and comes back when it does', () => {
    const pair = new Pair();
    pair.serveMetadata((context, body) => context.respond(echo(body)));
    const channel = pair.channel();
    const log: string[] = [];
    pair.ask(channel, 'before', log);
    pair.passMs(20);
    pair.server.crash({ powerLoss: true });
    pair.ask(channel, 'dark', log);
    pair.passMs(990);
    expect(log).toEqual(['before=before']);
    pair.passMs(20);
    expect(log).toEqual(['before=before', 'dark:timeout']);
    pair.serveMetadata((context, body) => context.respond(echo(body)));
    pair.ask(channel, 'after', log);
    pair.passMs(1000);
    expect(log.at(-1)).toBe('after=after');
  });

  test('ends what is in flight when the peer crashes and its kernel resets the connection', () => {
    const pair = new Pair();
    pair.serveMetadata(() => undefined);
    const channel = pair.channel();
    const log: string[] = [];
    pair.ask(channel, 'a', log);
    pair.ask(channel, 'b', log);
    pair.passMs(20);
    pair.server.crash({ powerLoss: false });
    pair.passMs(5);
    expect(log).toEqual(['a:disconnected', 'b:disconnected']);
  });

  test('waits longer and longer between connects that are refused, up to the maximum', () => {
    const pair = new Pair();
    pair.server.boot(() => undefined);
    const failedAtMs: number[] = [];
    const channel = pair.channel({ requestTimeoutMs: 10_000 });
    const again = () =>
      pair.client.enter(() =>
        channel.send(apis.metadata, { topics: [] }, (result) => {
          expect(result).toEqual({ ok: false, error: 'disconnected' });
          failedAtMs.push(pair.nowMs);
          again();
        }),
      );
    again();
    pair.passMs(20_000);
    const gaps = failedAtMs.slice(1).map((atMs, index) => atMs - (failedAtMs[index] ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(40);
    expect(gaps[0]).toBeLessThan(63);
    for (const gap of gaps.slice(5)) {
      expect(gap).toBeGreaterThanOrEqual(800);
      expect(gap).toBeLessThan(1003);
    }
    expect(gaps.length).toBeGreaterThan(18);
    // Jitter: clients that failed together do not come back together.
    expect(new Set(gaps.slice(5).map(Math.round)).size).toBeGreaterThan(3);
  });

  test('gives up a connect that hangs', () => {
    const pair = new Pair();
    pair.serveMetadata((context, body) => context.respond(echo(body)));
    const cut = pair.simulator.faults.partition([pair.client], [pair.server]);
    const channel = pair.channel({ requestTimeoutMs: 10_000 });
    const log: string[] = [];
    pair.ask(channel, 'a', log);
    pair.passMs(390);
    expect(log).toEqual([]);
    pair.passMs(220);
    expect(log).toEqual(['a:disconnected']);
    cut.heal();
    pair.ask(channel, 'b', log);
    pair.passMs(1500);
    expect(log.at(-1)).toBe('b=b');
  });

  test('asks for the versions again in an older version when the peer does not know the newest', () => {
    const pair = new Pair();
    const older: typeof apis.apiVersions = { ...apis.apiVersions, broker: { min: 0, max: 2 } };
    const seen: number[] = [];
    const routes = new Routes().on(apis.metadata, (context, body) => context.respond(echo(body)));
    routes.on(older, (context) => {
      seen.push(context.apiVersion);
      context.respond({ errorCode: 0, apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 5 }] });
    });
    pair.serve(routes);
    const channel = pair.channel();
    const log: string[] = [];
    pair.ask(channel, 'old', log);
    pair.passMs(50);
    expect(log).toEqual(['old=old']);
    expect(seen).toEqual([2]);
    expect(channel.version(apis.metadata)).toBe(5);
  });

  test('sends nothing where no version would do', () => {
    const pair = new Pair();
    pair.serveMetadata((context, body) => context.respond(echo(body)));
    const channel = pair.channel();
    const log: string[] = [];
    const send = (api: Api, options: { version?: number; maxVersion?: number }) =>
      pair.client.enter(() =>
        channel.send(api, { topics: [] } as never, (result, version) => log.push(result.ok ? `ok ${version}` : result.error), options),
      );
    send(apis.fetch, {});
    send(apis.metadata, { version: 99 });
    send(apis.metadata, { maxVersion: -1 });
    send(apis.metadata, { version: 4 });
    send(apis.metadata, { maxVersion: 7 });
    pair.passMs(50);
    expect(log.toSorted()).toEqual(['ok 4', 'ok 7', 'unsupported', 'unsupported', 'unsupported']);
    expect(channel.state).toBe('ready');
  });

  test('makes the body for the version that was negotiated', () => {
    const pair = new Pair();
    pair.serveMetadata((context, body) => context.respond(echo(body)));
    const channel = pair.channel();
    const versions: number[] = [];
    pair.client.enter(() =>
      channel.send(
        apis.metadata,
        (version) => ({ topics: [{ name: `v${versions.push(version)}` }] }),
        () => undefined,
      ),
    );
    pair.passMs(50);
    expect(versions).toEqual([13]);
  });

  test.each([
    ['an answer to another request than the oldest', (correlationId: number) => [...versions(correlationId + 1)]],
    ['an answer too many', (correlationId: number) => [...versions(correlationId), ...versions(correlationId)]],
    ['bytes that are no answer', () => [0, 0, 0, 2, 1, 2]],
    ['a frame of negative length', () => [255, 0, 0, 2, 1, 2]],
  ])('does not understand %s and closes the connection', (_, bytes) => {
    const pair = new Pair();
    pair.server.boot((world) => {
      world.network.listen(port, (connection: Connection) => {
        const reader = new FrameReader(1e6);
        return {
          opened: () => undefined,
          received: (chunk) => {
            reader.push(chunk);
            const frame = reader.next();
            if (!(frame instanceof Uint8Array)) return;
            const header = decodeRequestHeader(frame);
            if (header.ok) connection.write(Uint8Array.from(bytes(header.value.correlationId)));
          },
          drained: () => undefined,
          closed: (why) => closed.push(why),
        };
      });
    });
    const closed: string[] = [];
    const log: string[] = [];
    const channel = pair.channel();
    pair.ask(channel, 'a', log);
    pair.passMs(30);
    // Where the versions could be read first, it is they that offer nothing.
    expect(['a:disconnected', 'a:unsupported']).toContain(log.join());
    expect(closed).toEqual(['end']);
  });

  test('speaks of a malformed answer to the request that got it', () => {
    const pair = new Pair();
    const broken: typeof apis.metadata = { ...apis.metadata, response: apis.findCoordinator.response as never };
    const routes = withApiVersions(new Routes());
    routes.on(broken, (context) => context.respond({ coordinators: [] } as never));
    pair.serve(routes);
    const log: string[] = [];
    const channel = pair.channel();
    pair.client.enter(() => {
      for (const name of ['a', 'b'])
        channel.send(apis.metadata, { topics: [] }, (result) => log.push(`${name}:${result.ok ? 'ok' : result.error}`), { version: 4 });
    });
    pair.passMs(30);
    expect(log).toEqual(['a:malformed', 'b:disconnected']);
  });

  test('gives every request exactly one end, whatever happens to the connection', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('send' as const), timeoutMs: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ type: fc.constantFrom('answer' as const, 'crash' as const, 'power' as const, 'boot' as const, 'cut' as const, 'heal' as const) }),
      fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 300 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.string({ maxLength: 6 }), (steps, seed) => {
        const pair = new Pair({ seed });
        let waiting: [MetadataContext, () => void][] = [];
        const boot = () => {
          waiting = [];
          pair.serveMetadata((context, body) => waiting.push([context, () => context.respond(echo(body))]));
        };
        boot();
        const channel = pair.channel();
        const ends: number[] = [];
        let cuts: { heal(): void }[] = [];
        for (const each of steps) {
          if (each.type === 'send') {
            const id = ends.push(0) - 1;
            const done = () => {
              ends[id] = (ends[id] ?? 0) + 1;
            };
            pair.client.enter(() => channel.send(apis.metadata, { topics: [] }, done, { timeoutMs: each.timeoutMs }));
          } else if (each.type === 'answer') pair.server.enter(() => waiting.shift()?.[1]());
          else if (each.type === 'crash' || each.type === 'power') pair.server.crash({ powerLoss: each.type === 'power' });
          else if (each.type === 'boot') {
            if (!pair.server.up) boot();
          } else if (each.type === 'cut') cuts.push(pair.simulator.faults.partition([pair.client], [pair.server]));
          else if (each.type === 'heal') {
            for (const cut of cuts) cut.heal();
            cuts = [];
          } else if (each.type === 'pass') pair.passMs(each.ms);
        }
        pair.passMs(1000);
        expect(ends.every((count) => count === 1)).toBe(true);
        expect(channel.pending).toBe(0);
        pair.client.enter(() => channel.close());
        expect(channel.state).toBe('closed');
      }),
      { numRuns: 150 },
    );
  });

  test('ends what is open with close(), once, and refuses what comes later', () => {
    const pair = new Pair();
    pair.serveMetadata(() => undefined);
    const channel = pair.channel();
    const log: string[] = [];
    pair.ask(channel, 'a', log);
    pair.passMs(20);
    pair.client.enter(() => channel.close());
    pair.client.enter(() => channel.close());
    pair.ask(channel, 'b', log);
    pair.passMs(2000);
    expect(log).toEqual(['a:disconnected', 'b:disconnected']);
    expect(pair.listener?.connections).toBe(0);
  });
});
