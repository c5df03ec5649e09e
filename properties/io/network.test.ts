/** What every Network promises, in the virtual world and over TCP. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Connection, ConnectionEvents } from '../../src/io/network.ts';
import type { World } from '../../src/io/world.ts';
import { bytesOf, End, fileKind, type Rig, servedKind, virtualKind } from './rig.ts';

describe.each([virtualKind, fileKind, servedKind])('the network of $name', ({ make }) => {
  let rig: Rig;
  let server: World;
  let client: World;
  const accepted: End[] = [];

  beforeEach(() => {
    accepted.length = 0;
    rig = make();
    server = rig.start('server');
    client = rig.start('client');
  });
  afterEach(() => rig.close());

  /** Listens on any port; each accepted end is kept, and does what it is told on its events. */
  function listen(on: Partial<Pick<End, 'onOpened' | 'onReceived'>> = {}): number {
    const listener = server.network.listen(0, (connection) => {
      const end = Object.assign(new End(connection), on);
      accepted.push(end);
      return end;
    });
    if (!listener.ok) throw new Error('no port');
    return listener.value.port;
  }

  function connect(port: number, on: Partial<Pick<End, 'onOpened' | 'onReceived'>> = {}): End {
    let end: End | undefined;
    client.network.connect(rig.address('server'), port, (connection) => {
      end = Object.assign(new End(connection), on);
      return end;
    });
    if (end === undefined) throw new Error('connect asks for the events at once');
    return end;
  }

  /** A connection that is up at both ends: the client's end and the server's. */
  async function connected(port = listen()): Promise<readonly [End, End]> {
    const before = accepted.length;
    const end = connect(port);
    await rig.until(() => end.log.length > 0 && accepted.length > before);
    const far = accepted[before];
    if (far === undefined) throw new Error('nothing was accepted');
    return [end, far];
  }

  test('opened is the first event of both ends', async () => {
    const [near, far] = await connected();
    far.connection.write(bytesOf('hello'));
    near.connection.write(bytesOf('world'));
    await rig.until(() => near.text === 'hello' && far.text === 'world');
    expect(near.log).toEqual(['opened', 'received']);
    expect(far.log).toEqual(['opened', 'received']);
    expect(near.connection.remote).toMatch(/^.+:\d+$/);
    expect(far.connection.remote).toMatch(/^.+:\d+$/);
  });

  test('what is written in opened, or before it, arrives in order', async () => {
    const port = listen({ onOpened: (end) => end.connection.write(bytesOf('greetings')) });
    const end = connect(port, { onOpened: (own) => own.connection.write(bytesOf('second')) });
    end.connection.write(bytesOf('first '));
    await rig.until(() => accepted[0]?.text === 'first second' && end.text === 'greetings');
  });

  test('many bytes arrive whole and in order, however they are cut', async () => {
    const [near, far] = await connected();
    const pieces = Array.from({ length: 500 }, (_, index) => `${index},`.repeat(1 + (index % 7)));
    for (const piece of pieces) {
      near.connection.write(bytesOf(piece));
      far.connection.write(bytesOf(piece));
      if (piece.length % 5 === 0) await rig.rest(1);
    }
    const all = pieces.join('');
    await rig.until(() => far.text.length === all.length && near.text.length === all.length);
    expect(far.text).toBe(all);
    expect(near.text).toBe(all);
  });

  test('received bytes belong to the receiver: later ones do not change them', async () => {
    const kept: Uint8Array[] = [];
    const [near] = await connected(listen({ onReceived: (_, bytes) => kept.push(bytes) }));
    for (let round = 0; round < 20; round++) {
      near.connection.write(new Uint8Array(100).fill(round));
      await rig.until(() => kept.reduce((sum, bytes) => sum + bytes.length, 0) === (round + 1) * 100);
    }
    const all = kept.flatMap((bytes) => [...bytes]);
    expect(all).toEqual(Array.from({ length: 2000 }, (_, index) => Math.floor(index / 100)));
    expect(Object.getPrototypeOf(kept[0])).toBe(Uint8Array.prototype);
  });

  test('end delivers all that was written, then both ends close in order, once', async () => {
    const [near, far] = await connected();
    const text = 'x'.repeat(300_000);
    near.connection.write(bytesOf(text));
    near.connection.end();
    near.connection.end();
    near.connection.write(bytesOf('never'));
    await rig.until(() => near.over && far.over);
    await rig.rest(20);
    expect(far.text).toBe(text);
    expect(far.log).toEqual(['opened', 'received', 'closed end']);
    expect(near.log).toEqual(['opened', 'closed end']);
  });

  test('what the peer wrote before it learned of an end still comes', async () => {
    const port = listen({ onReceived: (end) => end.connection.write(bytesOf('answer')) });
    const [near, far] = await connected(port);
    near.connection.write(bytesOf('question'));
    near.connection.end();
    await rig.until(() => near.over && far.over);
    expect(near.log).toEqual(['opened', 'received', 'closed end']);
    expect(near.text).toBe('answer');
  });

  test('both ends may end at once', async () => {
    const [near, far] = await connected();
    near.connection.end();
    far.connection.end();
    await rig.until(() => near.over && far.over);
    expect([near.log.at(-1), far.log.at(-1)]).toEqual(['closed end', 'closed end']);
  });

  test('an end before the connection is up ends it after what was written', async () => {
    const port = listen();
    const end = connect(port);
    end.connection.write(bytesOf('bye'));
    end.connection.end();
    await rig.until(() => end.over && accepted[0]?.over === true);
    expect(accepted[0]?.text).toBe('bye');
    expect(end.log).toEqual(['opened', 'closed end']);
  });

  test('a reset closes both ends at once, each once, and nothing comes after', async () => {
    const [near, far] = await connected();
    near.connection.reset();
    near.connection.reset();
    near.connection.end();
    near.connection.write(bytesOf('never'));
    await rig.until(() => near.over && far.over);
    far.connection.write(bytesOf('never'));
    await rig.rest(20);
    expect(near.log).toEqual(['opened', 'closed reset']);
    expect(far.log).toEqual(['opened', 'closed reset']);
  });

  test('closed comes after reset() has returned', async () => {
    const [near] = await connected();
    const log: string[] = [];
    rig.enter('client', () => {
      near.connection.reset();
      log.push(...near.log);
    });
    await rig.until(() => near.over);
    expect(log).toEqual(['opened']);
  });

  test('a reset of a connect under way closes it without opened', async () => {
    const end = connect(listen());
    end.connection.reset();
    await rig.until(() => end.over);
    await rig.rest(20);
    expect(end.log).toEqual(['closed reset']);
  });

  test('a connect to a port where nobody listens is refused', async () => {
    const listener = server.network.listen(0, (connection) => new End(connection));
    if (!listener.ok) throw new Error('no port');
    listener.value.close();
    listener.value.close();
    const end = connect(listener.value.port);
    await rig.until(() => end.over);
    expect(end.log).toEqual(['closed refused']);
  });

  test('a listener that is closed accepts nothing more, and its connections live on', async () => {
    const listener = server.network.listen(0, (connection) => {
      const end = new End(connection);
      accepted.push(end);
      return end;
    });
    if (!listener.ok) throw new Error('no port');
    const [near, far] = await connected(listener.value.port);
    listener.value.close();
    const late = connect(listener.value.port);
    await rig.until(() => late.over);
    expect(late.log).toEqual(['closed refused']);
    near.connection.write(bytesOf('still here'));
    await rig.until(() => far.text === 'still here');
  });

  test('a port is taken once, and is free again when its listener closed', async () => {
    const first = server.network.listen(0, (connection) => new End(connection));
    if (!first.ok) throw new Error('no port');
    const port = first.value.port;
    expect(port).toBeGreaterThan(0);
    expect(server.network.listen(port, (connection) => new End(connection))).toEqual({ ok: false, error: 'EADDRINUSE' });
    first.value.close();
    await rig.rest(20);
    const again = server.network.listen(port, (connection) => new End(connection));
    expect(again).toMatchObject({ ok: true, value: { port } });
  });

  test('port 0 takes different free ports', () => {
    expect(listen()).not.toBe(listen());
  });

  test('a receiver that pauses gets nothing until it resumes, and then all of it', async () => {
    const [near, far] = await connected();
    far.connection.pause();
    near.connection.write(bytesOf('hello'));
    await rig.rest(50);
    expect(far.text).toBe('');
    far.connection.resume();
    await rig.until(() => far.text === 'hello');
    near.connection.write(bytesOf(' again'));
    await rig.until(() => far.text === 'hello again');
  });

  test('a pause from within received holds back what follows, the end included', async () => {
    const port = listen({ onReceived: (end) => end.connection.pause() });
    const [near, far] = await connected(port);
    near.connection.write(bytesOf('one'));
    await rig.until(() => far.text === 'one');
    near.connection.write(bytesOf('two'));
    near.connection.end();
    await rig.rest(50);
    expect(far.log).toEqual(['opened', 'received']);
    far.connection.resume();
    await rig.until(() => far.text === 'onetwo');
    far.connection.resume();
    await rig.until(() => far.over && near.over);
    expect(far.log.at(-1)).toBe('closed end');
  });

  test('a writer meets backpressure while the receiver pauses, and is told when it may go on', async () => {
    const [near, far] = await connected();
    far.connection.pause();
    let written = 0;
    const piece = 'y'.repeat(65_536);
    for (let room = true; room && written < 1000; written++) {
      room = near.connection.write(bytesOf(piece));
      await rig.rest(1);
    }
    expect(written).toBeLessThan(1000);
    await rig.rest(50);
    expect(near.log).toEqual(['opened']);
    far.connection.resume();
    await rig.until(() => near.log.includes('drained'));
    expect(near.log).toEqual(['opened', 'drained']);
    await rig.until(() => far.text.length === written * piece.length);
  });

  test('one server has many connections apart', async () => {
    const port = listen({ onReceived: (end) => end.connection.write(bytesOf(end.text)) });
    const ends = await Promise.all(Array.from({ length: 10 }, () => connected(port)));
    for (const [index, [near]] of ends.entries()) near.connection.write(bytesOf(`${index}`));
    await rig.until(() => ends.every(([near], index) => near.text === `${index}`));
  });

  test('a server that resets what it accepts is never opened', async () => {
    const listener = server.network.listen(0, (connection: Connection): ConnectionEvents => {
      const end = new End(connection);
      accepted.push(end);
      connection.reset();
      return end;
    });
    if (!listener.ok) throw new Error('no port');
    const end = connect(listener.value.port);
    await rig.until(() => end.over && accepted[0]?.over === true);
    // The reset may overtake the news that the connect succeeded.
    expect([['opened', 'closed reset'], ['closed refused']]).toContainEqual(end.log);
    expect(accepted[0]?.log).toEqual(['closed reset']);
  });
});
