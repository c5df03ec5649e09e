/**
 * The disk of a simulated broker as real files (`faultline dump`), after crashes, with every codec, with a compacted topic and an idempotent
 * producer: Apache Kafka's own DumpLogSegments and checkpoint readers, from its published jars, find nothing wrong with them, and something wrong with
 * every copy in which one byte is flipped; and `serve --data-dir` gives its clients the records that the scenario wrote.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simulate } from '../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../src/simulation/scenario/parse.ts';
import { type Checklist, expectEqual } from './checklist.ts';
import { fetchJars, missingTools } from './java.ts';
import { type BackRecord, missingReader, readBack } from './read-back.ts';
import { startServe } from './serve-process.ts';

const version = '4.3.1';
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const checkpoints = fileURLToPath(new URL('Checkpoints.java', import.meta.url));
const quickStart = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const compacted = 'latest';
/** Read whole: every record that was acknowledged is there. */
const squeezed = 'squeezed';
const kept = ['plain', squeezed];
/** Large against the segments, so that they roll; sparse indexes with several entries each. */
const small = { 'min.insync.replicas': 2, 'internal.segment.bytes': 20_000, 'index.interval.bytes': 1000 };
const careful = { acks: 'all', deliveryTimeoutMs: 30_000, requestTimeoutMs: 4000, maxInFlight: 5, idempotence: true };
const scenarioText = JSON.stringify({
  version: 1,
  seed: 7,
  cluster: {
    brokers: 3,
    config: {
      'broker.session.timeout.ms': 3000,
      'broker.heartbeat.interval.ms': 500,
      'replica.lag.time.max.ms': 2000,
      'log.cleaner.enable': true,
      'log.cleaner.backoff.ms': 1000,
      'log.flush.offset.checkpoint.interval.ms': 5000,
    },
    topics: [
      { name: 'plain', partitions: 2, config: small },
      { name: squeezed, partitions: 2, config: small },
      { name: compacted, config: { ...small, 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': 0.2 } },
    ],
  },
  workload: {
    seconds: 40,
    producers: [
      { ...careful, id: 'plain', topic: 'plain', ratePerSecond: 30, keys: 4, valueBytes: 200 },
      ...codecs.map((codec) => ({ ...careful, id: codec, topic: squeezed, ratePerSecond: 10, keys: 4, valueBytes: 300, compressionType: codec })),
      { ...careful, id: compacted, topic: compacted, ratePerSecond: 40, keys: 5, valueBytes: 200 },
    ],
    groups: [{ id: 'readers', topics: ['plain'], members: 2 }],
  },
  faults: [
    { kind: 'crash', at: 6000, target: 'leader(plain-0)', powerLoss: true, downMs: 4000 },
    { kind: 'crash', at: 13_000, target: 'broker(1)', powerLoss: true, downMs: 4000 },
    { kind: 'crash', at: 20_000, target: 'broker(2)', powerLoss: true, downMs: 4000 },
  ],
});
/** It was down, and has recovered. */
const node = 1;

const titles = {
  clean: `DumpLogSegments of Apache Kafka ${version}: every log, index and snapshot of a dump is read, and nothing is wrong with it`,
  sane: `DumpLogSegments of Apache Kafka ${version}: every index of a dump passes the check of a broker's start`,
  small: `checkpoints of Apache Kafka ${version}: every small file of a dump is read`,
  flipped: (suffix: string) => `DumpLogSegments of Apache Kafka ${version}: one flipped byte in a ${suffix} of a dump is found`,
  served: `serve --data-dir on a dump: kcat -C gets the records that the scenario wrote`,
} as const;
/** Where one byte is flipped: in a field that nothing but the file itself could make up for. */
const flips: readonly (readonly [suffix: string, at: number])[] = [
  ['log', 80],
  ['index', 7],
  ['timeindex', 7],
  ['snapshot', 20],
];

export async function checkDumped(list: Checklist): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-dumped-'));
  try {
    const dump = join(folder, 'disk');
    const scenario = join(folder, 'scenario.yaml');
    writeFileSync(scenario, scenarioText);
    const ran = spawnSync(process.execPath, [program, 'dump', scenario, '--node', String(node), '--at', '1000', '--out', dump], { encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`dump ended with ${ran.status}: ${ran.stderr}`);
    await judge(list, folder, dump);
    if (missingReader === undefined) await list.check(titles.served, () => servesWhatWasWritten(dump));
    else list.skip(titles.served, missingReader);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function judge(list: Checklist, folder: string, dump: string): Promise<void> {
  const all = [titles.clean, titles.sane, titles.small, ...flips.map(([suffix]) => titles.flipped(suffix))];
  const jars = missingTools() === undefined ? fetchJars('kafka-tools', version) : undefined;
  if (jars === undefined) {
    for (const title of all) list.skip(title, missingTools() ?? `mvn could not fetch org.apache.kafka:kafka-tools:${version}`);
    return;
  }
  const files = readdirSync(dump, { recursive: true, encoding: 'utf8' }).map((name) => join(dump, name));
  const dumped = files.filter((file) => /\.(log|index|timeindex|txnindex|snapshot)$/.test(file));
  await list.check(titles.clean, () => {
    expectEqual(problemsIn(jars, dumped, '--deep-iteration'), [], 'what it found');
    coversAll(dumpTool(jars, dumped, '--deep-iteration').told, dumped);
  });
  await list.check(titles.sane, () => expectEqual(problemsIn(jars, dumped, '--index-sanity-check'), [], 'what it found'));
  await list.check(titles.small, () => {
    const others = files.filter((file) => /(checkpoint|\.metadata|\.properties)$/.test(file));
    const ran = spawnSync('java', [...quickStart, '-cp', join(jars, '*'), checkpoints, ...others], { encoding: 'utf8' });
    const told = ran.stdout.split('\n').filter((line) => line !== '');
    expectEqual(told.length, others.length, `files read, ${ran.stderr.slice(0, 600)}`);
    expectEqual(
      told.filter((line) => !line.startsWith('ok ')),
      [],
      'files that it does not take',
    );
    expectEqual(new Set(others.map((file) => basename(file))).size >= 5, true, 'kinds of files');
  });
  for (const [suffix, at] of flips)
    await list.check(titles.flipped(suffix), () => {
      const whole = dumped.find((file) => file.includes('plain-0') && file.endsWith(`.${suffix}`)) ?? 'none';
      const damaged = join(folder, `flipped-${suffix}`, 'plain-0');
      cpSync(dirname(whole), damaged, { recursive: true });
      const file = join(damaged, basename(whole));
      const bytes = readFileSync(file);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      writeFileSync(file, bytes);
      const found = [...problemsIn(jars, [file], '--deep-iteration'), ...problemsIn(jars, [file], '--index-sanity-check')];
      if (found.length === 0) throw new Error(`byte ${at} of ${basename(file)} was flipped, and nothing is said of it`);
    });
}

function dumpTool(
  jars: string,
  files: readonly string[],
  how: string,
): { readonly status: number | null; readonly told: string; readonly complaints: string } {
  const tool = ['-cp', join(jars, '*'), 'org.apache.kafka.tools.DumpLogSegments', how, '--files', files.join(',')];
  const ran = spawnSync('java', [...quickStart, ...tool], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status: ran.status, told: ran.stdout, complaints: ran.stderr };
}

/** Its exit code is 0 whatever a log looks like: what it thinks stands in its lines. */
function problemsIn(jars: string, files: readonly string[], how: string): readonly string[] {
  const { status, told, complaints } = dumpTool(jars, files, how);
  const lines = told.split('\n');
  const problems = lines.filter((line) => /isvalid: false|invalid bytes/.test(line));
  if (status !== 0) problems.push(`it ended with ${status}`);
  for (const file of files) {
    if (!lines.includes(`Dumping ${file}`)) problems.push(`${file} was not read`);
    const isIndex = /\.(index|timeindex)$/.test(file);
    if (how === '--index-sanity-check' && isIndex && !lines.some((line) => line === `${file} passed sanity check.` || line === `${file} is empty.`))
      problems.push(`${file} did not pass`);
  }
  return [...problems, ...unexpected(complaints)];
}

/**
 * Of its complaints those that it does not make of Kafka's own files as well. It expects offset 0 at the start of every file. Compaction leaves gaps,
 * and of a producer's last batch a header that keeps its largest timestamp (MemoryRecords.filterTo), where the tool asks the records, which are gone.
 */
function unexpected(complaints: string): readonly string[] {
  const problems: string[] = [];
  let heading = '';
  for (const line of complaints.split('\n').filter((line) => line !== '')) {
    if (/^(Non-consecutive offsets in|Found timestamp mismatch in :)/.test(line)) {
      heading = line;
      continue;
    }
    const ofCompacted = heading.includes(`/${compacted}-`);
    const gap = heading.startsWith('Non-consecutive') && / is followed by \d+$/.test(line) && (ofCompacted || line.startsWith('  -1 '));
    const emptied = heading.startsWith('Found timestamp') && ofCompacted && / log timestamp: -1$/.test(line);
    if (!gap && !emptied) problems.push(`${heading}${line}`);
  }
  return problems;
}

/** The dump holds what this is about; or the check would say nothing. */
function coversAll(told: string, files: readonly string[]): void {
  for (const codec of ['none', ...codecs]) if (!told.includes(`compresscodec: ${codec}`)) throw new Error(`no batch with codec ${codec} was read`);
  for (const topic of kept) {
    const segments = files.filter((file) => file.includes(`/${topic}-0/`) && file.endsWith('.log')).length;
    if (segments < 3) throw new Error(`${topic}-0 has ${segments} segments`);
  }
  if (!/^producerId: \d+ .* lastSequence: \d+/m.test(told)) throw new Error('no producer was read of a snapshot');
  if (!/^timestamp: \d+ offset: \d+$/m.test(told)) throw new Error('no entry was read of a time index');
}

async function servesWhatWasWritten(dump: string): Promise<void> {
  const parsed = parseScenario(scenarioText);
  if (!parsed.ok) throw new Error(parsed.error.join('\n'));
  const { history } = simulate(parsed.value);
  const server = await startServe(['--data-dir', dump]);
  try {
    for (const topic of [...kept, compacted]) {
      const acknowledged = new Map<string, string>();
      const sent = new Set<string>();
      const newest = new Map<string, { readonly offset: number; readonly value: string }>();
      for (const { operation, completion } of history.operations) {
        if (operation.type !== 'send' || operation.topic !== topic) continue;
        sent.add(operation.value);
        if (completion?.type !== 'ok' || completion.result.type !== 'send') continue;
        const { partition, offset } = completion.result;
        acknowledged.set(`${partition} ${offset}`, operation.value);
        if (operation.key !== null && offset > (newest.get(operation.key)?.offset ?? -1))
          newest.set(operation.key, { offset, value: operation.value });
      }
      const read = await readBack(server.bootstrap, topic);
      const place = ({ partition, offset }: BackRecord): string => `${topic}-${partition} ${offset}`;
      // The workload fills values up with dots.
      const text = ({ value }: BackRecord): string => value.replace(/\.+$/, '');
      const found = new Map(read.map((record) => [place(record), text(record)]));
      const wanted =
        topic === compacted ? [...newest.values()].map(({ offset, value }) => [`${topic}-0 ${offset}`, value] as const) : [...acknowledged];
      expectEqual(
        wanted.filter(([at, value]) => found.get(at) !== value),
        [],
        `acknowledged records of ${topic} that were not read where they were written`,
      );
      expectEqual(
        read.filter((record) => !sent.has(text(record))),
        [],
        `records of ${topic} that nobody sent`,
      );
      expectEqual(acknowledged.size > 500, true, `${acknowledged.size} records of ${topic} acknowledged: more than 500`);
      expectEqual(read.length < acknowledged.size, topic === compacted, `${topic} was compacted`);
    }
  } finally {
    await server.stop();
  }
}
