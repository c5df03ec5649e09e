import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/io/network.ts';
import { Routes } from '../../../src/kafka/rpc/routes.ts';
import { serve } from '../../../src/kafka/rpc/server.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { decodeResponse, decodeResponseHeader, encodeRequest, FrameReader } from '../../../src/protocol/frame.ts';
import type { ByteSource } from '../../../src/protocol/schema/schema.ts';
import { echo, type MetadataContext, Pair, port, withApiVersions } from './pair.ts';

/** A client that writes what bytes it likes. */
class RawClient {
  readonly frames: Uint8Array[] = [];
  closed: string | undefined;
  drained = false;
  connection: Connection | undefined;
  readonly #pair: Pair;
  readonly #reader = new FrameReader(1e9);

  constructor(pair: Pair) {
    this.#pair = pair;
    pair.client.enter(() => {
      this.connection = pair.world.network.connect('server', port, () => ({
        opened: () => undefined,
        received: (bytes) => {
          this.#reader.push(bytes);
          for (let frame = this.#reader.next(); frame instanceof Uint8Array; frame = this.#reader.next()) this.frames.push(frame);
        },
        drained: () => {
          this.drained = true;
        },
        closed: (why) => {
          this.closed = why;
        },
      }));
    });
    pair.passMs(10);
  }

  write(...chunks: readonly Uint8Array[]): void {
    this.#pair.client.enter(() => {
      for (const chunk of chunks) this.connection?.write(chunk);
    });
    this.#pair.passMs(10);
  }

  /** The topics named in the answers that came. */
  get answers(): readonly string[] {
    return this.frames.map((frame) => {
      const header = decodeResponseHeader(apis.metadata, 12, frame);
      const body = header.ok ? decodeResponse(apis.metadata, 12, frame, header.value.bodyAt) : header;
      return header.ok && body.ok ? `${header.value.correlationId} ${body.value.topics[0]?.name}` : 'nonsense';
    });
  }
}

const request = (correlationId: number, topic: string): Uint8Array =>
  encodeRequest(apis.metadata, 12, correlationId, 'raw', { topics: [{ name: topic }] });
const answering = (): Pair => {
  const pair = new Pair();
  pair.serveMetadata((context, body) => context.respond(echo(body)));
  return pair;
};

describe('serve', () => {
  test('finds the requests in any cut of the stream, and answers them in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
        (topics, sizes) => {
          const pair = answering();
          const client = new RawClient(pair);
          const bytes = Buffer.concat(topics.map((topic, at) => request(at, topic)));
          const chunks: Uint8Array[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes.next().value;
            chunks.push(new Uint8Array(bytes.subarray(at, at + size)));
            at += size;
          }
          client.write(...chunks);
          pair.passMs(50);
          expect(client.answers).toEqual(topics.map((topic, at) => `${at} ${topic}`));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('looks at the next request of a connection only when the one before is answered; other connections go on', () => {
    const pair = new Pair();
    const waiting: [string, MetadataContext, () => void][] = [];
    pair.serveMetadata((context, body) => waiting.push([body.topics?.[0]?.name ?? '', context, () => context.respond(echo(body))]));
    const slow = new RawClient(pair);
    const other = new RawClient(pair);
    slow.write(request(1, 'a'), request(2, 'b'));
    slow.write(request(3, 'c'));
    other.write(request(9, 'x'));
    expect(waiting.map(([topic]) => topic)).toEqual(['a', 'x']);
    const answer = (at: number) => {
      pair.server.enter(() => waiting[at]?.[2]());
      pair.passMs(10);
    };
    answer(1);
    answer(0);
    expect(waiting.map(([topic]) => topic)).toEqual(['a', 'x', 'b']);
    answer(2);
    answer(3);
    expect(slow.answers).toEqual(['1 a', '2 b', '3 c']);
    expect(other.answers).toEqual(['9 x']);
  });

  test('goes on after a request that gets no answer', () => {
    const pair = new Pair();
    pair.serveMetadata((context, body) => (body.topics?.[0]?.name === 'mute' ? context.noResponse() : context.respond(echo(body))));
    const client = new RawClient(pair);
    client.write(request(1, 'mute'), request(2, 'loud'));
    expect(client.answers).toEqual(['2 loud']);
  });

  test('answers ApiVersions of an unknown version in version 0 with the versions it knows', () => {
    const pair = answering();
    const client = new RawClient(pair);
    client.write(
      encodeRequest({ ...apis.apiVersions, flexibleRequestFrom: 3 }, 3, 7, 'raw', { clientSoftwareName: 'x', clientSoftwareVersion: '1' }).map(
        (byte, at) => (at === 7 ? 99 : byte),
      ),
    );
    const frame = client.frames[0] ?? new Uint8Array();
    const body = decodeResponse(apis.apiVersions, 0, frame, 4);
    expect(body).toEqual({ ok: true, value: expect.objectContaining({ errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] }) });
    client.write(request(8, 'still-here'));
    expect(client.frames.length).toBe(2);
    expect(client.closed).toBeUndefined();
  });

  test.each([
    ['a version it does not serve', () => request(1, 'a').map((byte, at) => (at === 7 ? 99 : byte))],
    ['an API it does not serve', () => encodeRequest(apis.fetch, 12, 1, null, { maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [] })],
    ['an API that does not exist', () => Uint8Array.from([0, 0, 0, 10, 3, 231, 0, 0, 0, 0, 0, 1, 255, 255])],
    ['a body that cannot be read', () => Uint8Array.from([0, 0, 0, 12, 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 127, 255])],
    ['a negative length', () => Uint8Array.from([255, 255, 255, 255, 0])],
    ['a length beyond the limit', () => Uint8Array.from([127, 255, 255, 255, 0])],
  ])('ends the connection that sends %s, and no other', (_, bytes) => {
    const pair = answering();
    const good = new RawClient(pair);
    const bad = new RawClient(pair);
    bad.write(new Uint8Array(bytes()));
    expect(bad.closed).toBe('end');
    expect(bad.frames).toEqual([]);
    good.write(request(1, 'fine'));
    expect(good.answers).toEqual(['1 fine']);
    expect(pair.listener?.connections).toBe(1);
  });

  test('answers a request that more bytes follow: librdkafka asks for all topics so (confluentinc/librdkafka#5049)', () => {
    const pair = new Pair();
    const asked: boolean[] = [];
    pair.serveMetadata((context, body) => {
      asked.push(body.topics === null);
      context.respond(echo(body));
    });
    const client = new RawClient(pair);
    client.write(new Uint8Array(Buffer.from('000000190003000d00000003000772646b61666b610000000000010000', 'hex')), request(4, 'next'));
    expect([client.frames.length, client.closed]).toEqual([2, undefined]);
    expect(client.answers[1]).toBe('4 next');
    expect(asked).toEqual([true, false]);
  });

  test('lives through any bytes and serves a well-behaved connection throughout', () => {
    const pair = answering();
    const good = new RawClient(pair);
    let served = 0;
    const garbage = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      // A request with some bytes changed.
      fc
        .tuple(fc.string({ maxLength: 20 }), fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }))
        .map(([topic, changes]) => {
          const bytes = request(1, topic);
          for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
          return bytes;
        }),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        const bad = new RawClient(pair);
        bad.write(bytes);
        good.write(request(served, `t${served}`));
        served++;
        expect(good.answers.at(-1)).toBe(`${served - 1} t${served - 1}`);
        pair.client.enter(() => bad.connection?.end());
        pair.passMs(10);
        expect(pair.listener?.connections).toBe(1);
      }),
      { numRuns: 400 },
    );
  });

  test('reads a source of bytes only when the socket takes it', () => {
    const pair = new Pair({ seed: 'slow', sendBufferBytes: 65_536 });
    const read: number[] = [];
    const sources: ByteSource[] = Array.from({ length: 50 }, (_, at) => ({
      byteLength: 16_384,
      readInto: (target) => {
        read.push(at);
        target.fill(at);
      },
    }));
    const routes = withApiVersions(new Routes()).on(apis.fetch, (context) =>
      context.respond({
        sessionId: 0,
        responses: [
          {
            topic: 't',
            partitions: sources.map((records, partitionIndex) => ({
              partitionIndex,
              errorCode: 0,
              highWatermark: 0,
              abortedTransactions: null,
              records,
            })),
          },
        ],
      }),
    );
    pair.serve(routes);
    const client = new RawClient(pair);
    client.connection?.pause();
    client.write(encodeRequest(apis.fetch, 12, 1, null, { maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [] }));
    pair.passMs(500);
    expect(read.length).toBeGreaterThan(0);
    expect(read.length).toBeLessThan(20);
    pair.client.enter(() => client.connection?.resume());
    pair.passMs(500);
    expect(read).toEqual(sources.map((_, at) => at));
    const frame = client.frames[0] ?? new Uint8Array();
    const header = decodeResponseHeader(apis.fetch, 12, frame);
    const body = header.ok ? decodeResponse(apis.fetch, 12, frame, header.value.bodyAt) : undefined;
    const partitions = body?.ok ? body.value.responses[0]?.partitions : undefined;
    expect(partitions?.map(({ records }) => [records?.length, records?.[0], records?.at(-1)])).toEqual(sources.map((_, at) => [16_384, at, at]));
  });

  describe('an answer with bytes of a log', () => {
    /** Serves what `stored` says when it is read; `answered` is called once the request's step gave its answer. */
    const storing = (pair: Pair, stored: { byte: number }, answered: () => void = () => undefined): void => {
      const records: ByteSource = { byteLength: 64, readInto: (target) => void target.fill(stored.byte) };
      const routes = withApiVersions(new Routes())
        .on(apis.metadata, (context, body) => context.respond(echo(body)))
        .on(apis.fetch, (context) => {
          const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 0, abortedTransactions: null, records };
          context.respond({ sessionId: 0, responses: [{ topic: 't', partitions: [partition] }] });
          answered();
        });
      pair.serve(routes);
    };
    const fetch = encodeRequest(apis.fetch, 12, 1, null, { maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [] });
    const byteIn = (frame: Uint8Array | undefined): number | undefined => {
      const header = decodeResponseHeader(apis.fetch, 12, frame ?? new Uint8Array());
      const body = header.ok ? decodeResponse(apis.fetch, 12, frame ?? new Uint8Array(), header.value.bodyAt) : undefined;
      return body?.ok ? body.value.responses[0]?.partitions[0]?.records?.[0] : undefined;
    };

    test('has them read by the thread that sends, after the step that answers', () => {
      const pair = new Pair();
      const stored = { byte: 1 };
      storing(pair, stored, () => {
        stored.byte = 2;
      });
      const client = new RawClient(pair);
      client.write(fetch);
      expect(byteIn(client.frames[0])).toBe(2);
    });

    test('has them read when its turn comes: what the log went through meanwhile is in it', () => {
      const pair = new Pair();
      const stored = { byte: 1 };
      storing(pair, stored);
      const [first, second, third] = [new RawClient(pair), new RawClient(pair), new RawClient(pair)];
      const slow = pair.server.slowLanes('network', 300_000);
      first.write(fetch);
      second.write(fetch);
      third.write(request(7, 'quick'));
      stored.byte = 2;
      pair.passMs(100);
      // One part, nothing of a log: no other thread is needed.
      expect([first.frames.length, second.frames.length, third.answers]).toEqual([0, 0, ['7 quick']]);
      pair.passMs(900);
      expect([byteIn(first.frames[0]), byteIn(second.frames[0])]).toEqual([1, 2]);
      slow.heal();
    });

    test('is not sent to who has gone before its turn', () => {
      const pair = new Pair();
      const stored = { byte: 1 };
      let reads = 0;
      storing(pair, {
        get byte() {
          reads++;
          return stored.byte;
        },
      });
      const [first, second] = [new RawClient(pair), new RawClient(pair)];
      pair.server.slowLanes('network', 300_000);
      first.write(fetch);
      second.write(fetch);
      pair.client.enter(() => second.connection?.reset());
      pair.passMs(1000);
      expect([first.frames.length, reads]).toEqual([1, 1]);
    });
  });

  test('keeps a peer waiting that sends requests faster than they are answered', () => {
    const pair = new Pair({ seed: 'flood', sendBufferBytes: 65_536 });
    let release: (() => void) | undefined;
    let handled = 0;
    pair.serveMetadata((context, body) => {
      handled++;
      if (release === undefined) release = () => context.respond(echo(body));
      else context.respond(echo(body));
    });
    const client = new RawClient(pair);
    const big = 'x'.repeat(10_000);
    let wrote = 0;
    let open = true;
    // Writes whenever it may, for as long as it likes.
    for (let round = 0; round < 200; round++) {
      pair.client.enter(() => {
        while (open && wrote < 1000) open = client.connection?.write(request(wrote++, big)) === true;
      });
      pair.passMs(10);
      open = client.drained;
      client.drained = false;
    }
    expect(handled).toBe(1);
    // The buffers of both sides are full: the sender was told to stop long before all was sent.
    expect(wrote).toBeLessThan(60);
    pair.server.enter(() => release?.());
    pair.passMs(500);
    expect(handled).toBe(wrote);
    expect(client.answers.length).toBe(wrote);
  });

  test('says when the peer of a request is gone, and ignores the answer', () => {
    const pair = new Pair();
    const contexts: MetadataContext[] = [];
    pair.serveMetadata((context) => contexts.push(context));
    const client = new RawClient(pair);
    client.write(request(1, 'a'));
    expect(contexts[0]?.closed).toBe(false);
    pair.client.enter(() => client.connection?.reset());
    pair.passMs(10);
    expect(contexts[0]?.closed).toBe(true);
    expect(() => pair.server.enter(() => contexts[0]?.respond({ brokers: [], topics: [] }))).not.toThrow();
  });

  test('takes one answer a request', () => {
    const pair = new Pair();
    const contexts: MetadataContext[] = [];
    pair.serveMetadata((context) => contexts.push(context));
    new RawClient(pair).write(request(1, 'a'));
    const respond = () => contexts[0]?.respond({ brokers: [], topics: [] });
    pair.server.enter(respond);
    expect(() => pair.server.enter(respond)).toThrow('a request is answered once');
  });

  test('ends its connections when it closes, and takes no new ones', () => {
    const pair = answering();
    const client = new RawClient(pair);
    pair.server.enter(() => pair.listener?.close());
    pair.passMs(10);
    expect(client.closed).toBe('end');
    expect(new RawClient(pair).closed).toBe('refused');
  });

  test('says that a port is taken', () => {
    const pair = answering();
    const again: unknown[] = [];
    pair.server.enter(() => {
      if (pair.serverWorld === undefined) return;
      again.push(serve(pair.serverWorld, { port, listener: 'broker', maxFrameBytes: 1000, apis: [] }, () => undefined));
    });
    expect(again).toEqual([{ ok: false, error: 'EADDRINUSE' }]);
  });
});
