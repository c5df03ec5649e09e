/** `GET /metrics`: text that a parser of Prometheus's format takes, with values that are what clients and disks say. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentType, exposition } from '../../src/server/prometheus.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { ControlClient, eventually } from '../interop/control-client.ts';
import { kafkajsFor } from '../interop/kafkajs.ts';

interface Parsed {
  /** By name. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Written from the format's description alone; throws at what it does not allow. */
function parse(text: string): Parsed {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
  const types = new Map<string, string>();
  const samples: { name: string; labels: Record<string, string>; value: number }[] = [];
  let helped = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\]|\\\\|\\n)*$/.exec(line);
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    if (help !== null) helped = help[1] ?? '';
    else if (type !== null) {
      const [, name = '', kind = ''] = type;
      if (name !== helped || types.has(name)) throw new Error(`${line}: without its HELP, or a second time`);
      types.set(name, kind);
    } else samples.push(sampleOf(line, types));
  }
  const series = samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]));
  if (new Set(series).size !== series.length) throw new Error('a series stands there twice');
  return { types, samples };
}

function sampleOf(line: string, types: ReadonlyMap<string, string>): Parsed['samples'][number] {
  const [, name = '', inside = '', number = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$/.exec(line) ?? [];
  const family = types.get(name) ?? (types.get(name.replace(/_(sum|count)$/, '')) === 'summary' ? 'summary' : undefined);
  if (family === undefined) throw new Error(`${line}: no sample, or of no metric`);
  const labels: Record<string, string> = {};
  let rest = inside;
  while (rest !== '') {
    const next = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest);
    if (next === null) throw new Error(`${line}: ${rest} is no label`);
    labels[next[1] ?? ''] = (next[2] ?? '').replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(next[0].length);
  }
  return { name, labels, value: Number(number) };
}

describe('the text form', () => {
  test('gives back any label and value, whatever stands in them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', '{', '}', ',', '=', ' ', 'ä') }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (text, value) => {
          const parsed = parse(exposition([{ name: 'm', help: text, type: 'gauge', values: [{ labels: { a: text, b: 1 }, value }] }]));
          expect(parsed.samples).toEqual([{ name: 'm', labels: { a: text, b: '1' }, value: value === 0 ? expect.closeTo(0) : value }]);
        },
      ),
    );
  });

  test('is refused by the parser when a quote is not escaped, a type is missing or a series comes twice', () => {
    const good = '# HELP m h\n# TYPE m gauge\nm{a="b"} 1\n';
    expect(parse(good).samples.length).toBe(1);
    for (const bad of [good.replace('"b"', '"b"c"'), good.replace('# TYPE m gauge\n', ''), `${good}m{a="b"} 2\n`, good.trimEnd()])
      expect(() => parse(bad)).toThrow();
  });
});

describe('of a server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-metrics-'));
  const settings = new Map([
    ['log.cleaner.backoff.ms', '100'],
    ['log.flush.interval.messages', '1'],
    ['broker.session.timeout.ms', '2000'],
    ['broker.heartbeat.interval.ms', '300'],
    ['replica.lag.time.max.ms', '1500'],
  ]);
  let server: Server;
  beforeAll(async () => {
    const started = await startServer({ brokers: 3, port: 0, control: 0, settings, dataDir: folder });
    if (!started.ok) throw new Error(started.error);
    server = started.value;
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function scrape(): Promise<Parsed> {
    const answer = await fetch(`${server.controlUrl}/metrics`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, contentType]);
    return parse(await answer.text());
  }
  const told = ({ samples }: Parsed, name: string, labels: Readonly<Record<string, string>>): number | undefined =>
    samples.find((sample) => sample.name === name && Object.entries(labels).every(([label, text]) => sample.labels[label] === text))?.value;

  test('sizes, segments and offsets are those of its files, and a replica that is down is under-replicated', { timeout: 60_000 }, async () => {
    const kafka = kafkajsFor(server.bootstrap.join(','));
    const admin = kafka.admin();
    await admin.connect();
    const configEntries = [
      { name: 'internal.segment.bytes', value: '500' },
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'min.cleanable.dirty.ratio', value: '1' },
    ];
    await admin.createTopics({ topics: [{ topic: 'measured', numPartitions: 1, replicationFactor: 3, configEntries }], waitForLeaders: true });
    const producer = kafka.producer();
    await producer.connect();
    for (let send = 0; send < 20; send++) await producer.send({ topic: 'measured', messages: [{ key: `k${send}`, value: 'x'.repeat(100) }] });
    const { topics } = await admin.fetchTopicMetadata({ topics: ['measured'] });
    const leader = topics[0]?.partitions[0]?.leader ?? 0;
    const of = { broker: String(leader), topic: 'measured', partition: '0', logdirectory: 'data' };
    const scraped = await scrape();
    const place = join(folder, `broker-${leader}`, 'measured-0');
    const segments = readdirSync(place).filter((name) => name.endsWith('.log'));
    expect(segments.length).toBeGreaterThan(3);
    expect({
      size: told(scraped, 'kafka_log_log_size', of),
      segments: told(scraped, 'kafka_log_log_numlogsegments', of),
      start: told(scraped, 'kafka_log_log_logstartoffset', of),
      end: told(scraped, 'kafka_log_log_logendoffset', of),
    }).toEqual({ size: segments.reduce((sum, name) => sum + statSync(join(place, name)).size, 0), segments: segments.length, start: 0, end: 20 });
    const broker = { broker: String(leader) };
    expect(scraped.types.get('kafka_log_logflushstats_logflushrateandtimems')).toBe('summary');
    expect(told(scraped, 'kafka_log_logflushstats_logflushrateandtimems_count', broker)).toBeGreaterThanOrEqual(20);
    expect(told(scraped, 'kafka_log_logflushstats_logflushrateandtimems_sum', broker)).toBeGreaterThanOrEqual(0);
    expect(told(scraped, 'kafka_log_logmanager_offlinelogdirectorycount', broker)).toBe(0);
    expect(told(scraped, 'kafka_log_logmanager_logdirectoryoffline', { ...broker, logdirectory: 'data' })).toBe(0);
    expect(told(scraped, 'kafka_log_logcleanermanager_uncleanable_partitions_count', broker)).toBe(0);
    expect(told(scraped, 'kafka_server_replicamanager_underreplicatedpartitions', broker)).toBe(0);
    // Nothing of it was cleaned yet, so all that may be cleaned is dirty.
    await eventually('the cleaner has looked', 10_000, async () =>
      told(await scrape(), 'kafka_log_logcleanermanager_max_dirty_percent', broker) === 100 ? true : undefined,
    );
    const other = leader === 1 ? 2 : 1;
    await new ControlClient(server.controlUrl ?? '').post({ kind: 'crash', target: `broker(${other})`, powerLoss: false, downMs: 'forever' });
    await eventually('the leader tells that a replica is not in sync', 20_000, async () => {
      const now = await scrape();
      expect(told(now, 'kafka_log_log_size', { ...of, broker: String(other) })).toBeUndefined();
      return told(now, 'kafka_cluster_partition_underreplicated', { broker: String(leader), topic: 'measured', partition: '0' }) === 1
        ? true
        : undefined;
    });
    expect(told(await scrape(), 'kafka_server_replicamanager_underreplicatedpartitions', broker)).toBeGreaterThanOrEqual(1);
    await producer.disconnect();
    await admin.disconnect();
  });
});
