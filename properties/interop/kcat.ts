/**
 * kcat (librdkafka), unmodified, against `faultline serve`: metadata, produce, consume, compression, keys, headers, offsets by time, and two
 * balanced consumers of which one is killed.
 * Needs kcat on the PATH; without it every check is skipped and named.
 */
import { spawn, spawnSync } from 'node:child_process';
import { type Checklist, expectEqual } from './checklist.ts';
import { eventually } from './control-client.ts';
import { MemberProcess, ownAll, readAll } from './members.ts';
import { type ServeProcess, startServe } from './serve-process.ts';

const titles = {
  list: 'kcat -L lists three brokers and no topic of its own making',
  produce: 'kcat -P with acks=all and kcat -C: 1,000 records come back once, in order of each key',
  gzip: 'kcat -P -z gzip: the batches come back as they are',
  snappy: 'kcat -P -z snappy: the batches come back as they are',
  lz4: 'kcat -P -z lz4: the batches come back as they are',
  zstd: 'kcat -P -z zstd: the batches come back as they are',
  headers: 'kcat -H: keys, headers, empty and null values survive',
  time: 'kcat -Q and -o s@: offsets by timestamp',
  acks: 'kcat -P with acks 0 and 1',
  idempotent: 'kcat -P with enable.idempotence: 1,000 records come back once, in order of each key',
  balanced: 'kcat -G: two share a topic, one is killed, and nothing is left unread or unowned',
  single: 'kcat -G on a server with one broker: __consumer_offsets has one replica, and serves',
  stop: 'serve ends with 0 on SIGTERM',
} as const;

/** Of each topic, as it is created when it is first asked for. */
const partitions = 4;

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function kcat(server: ServeProcess, options: readonly string[], input = ''): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn('kcat', ['-b', server.bootstrap, ...options], { stdio: 'pipe' });
    const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve({ code: code ?? -1, stdout, stderr });
    });
    child.stdin.end(input);
  });
}

async function succeed(server: ServeProcess, options: readonly string[], input = ''): Promise<string> {
  const output = await kcat(server, options, input);
  if (output.code !== 0) throw new Error(`kcat ${options.join(' ')} ended with ${output.code}: ${output.stderr.slice(0, 600)}`);
  return output.stdout;
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const numbered = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, index) => `k${index % 7}:${prefix}${index}`);
const ofKey = (records: readonly string[], key: string): string[] => records.filter((record) => record.startsWith(`${key}:`));

export async function checkKcat(list: Checklist): Promise<void> {
  if (spawnSync('kcat', ['-V']).error !== undefined) {
    for (const title of Object.values(titles)) list.skip(title, 'kcat is not installed (Debian: apt-get install kcat)');
    return;
  }
  const server = await startServe(['--brokers', '3'], { 'num.partitions': String(partitions) });
  try {
    await list.check(titles.list, async () => {
      const listed: { brokers: unknown[]; topics: unknown[] } = JSON.parse(await succeed(server, ['-L', '-J']));
      expectEqual([listed.brokers.length, listed.topics.length], [3, 0], 'brokers and topics');
    });
    await list.check(titles.produce, () => roundTrip(server, 'orders', []));
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const)
      await list.check(titles[codec], () => roundTrip(server, `squeezed-${codec}`, ['-z', codec]));
    await list.check(titles.idempotent, () => roundTrip(server, 'once', ['-X', 'enable.idempotence=true']));
    await list.check(titles.headers, () => headersSurvive(server));
    await list.check(titles.time, () => offsetsByTime(server));
    await list.check(titles.acks, async () => {
      for (const acks of ['0', '1']) {
        await succeed(server, ['-P', '-t', 'weak', '-p', '0', '-X', `acks=${acks}`], 'one\ntwo\n');
      }
      expectEqual(lines(await succeed(server, ['-C', '-t', 'weak', '-p', '0', '-o', 'beginning', '-e', '-q'])).length, 4, 'records');
    });
    await list.check(titles.balanced, () => killedMember(server));
    await list.check(titles.single, () => oneBroker());
  } finally {
    await list.check(titles.stop, async () => expectEqual(await server.stop(), 0, 'exit code'));
  }
}

async function roundTrip(server: ServeProcess, topic: string, options: readonly string[]): Promise<void> {
  const sent = numbered(1000, `${topic}-`);
  await succeed(server, ['-P', '-t', topic, '-K', ':', '-X', 'acks=all', ...options], `${sent.join('\n')}\n`);
  const read = lines(await succeed(server, ['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-K', ':']));
  expectEqual([...read].sort(), [...sent].sort(), 'the records read');
  for (let key = 0; key < 7; key++) expectEqual(ofKey(read, `k${key}`), ofKey(sent, `k${key}`), `the order of key k${key}`);
}

async function headersSurvive(server: ServeProcess): Promise<void> {
  await succeed(server, ['-P', '-t', 'headers', '-p', '0', '-K', ':', '-Z', '-H', 'trace=1', '-H', 'empty='], 'a:one\nb:\n');
  const read = lines(await succeed(server, ['-C', '-t', 'headers', '-p', '0', '-o', 'beginning', '-e', '-q', '-J'])).map((line) => JSON.parse(line));
  expectEqual(
    read.map((record) => [record.key, record.payload, record.headers]),
    [
      ['a', 'one', ['trace', '1', 'empty', '']],
      ['b', null, ['trace', '1', 'empty', '']],
    ],
    'key, value and headers',
  );
}

async function offsetsByTime(server: ServeProcess): Promise<void> {
  await succeed(server, ['-P', '-t', 'timed', '-p', '0'], 'early\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const between = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await succeed(server, ['-P', '-t', 'timed', '-p', '0'], 'late\n');
  expectEqual((await succeed(server, ['-Q', '-t', `timed:0:${between}`])).trim(), 'timed [0] offset 1', 'the offset at the time between');
  const late = await succeed(server, ['-C', '-t', 'timed', '-p', '0', '-o', `s@${between}`, '-e', '-q']);
  expectEqual(lines(late), ['late'], 'records since the time between');
}

/** kcat as a balanced consumer: it tells its assignment and each value. */
class KcatMember extends MemberProcess {
  constructor(server: ServeProcess, group: string, topic: string) {
    const tuned = ['session.timeout.ms=6000', 'heartbeat.interval.ms=500', 'auto.offset.reset=earliest', 'auto.commit.interval.ms=200'];
    super('kcat', ['-b', server.bootstrap, ...tuned.flatMap((each) => ['-X', each]), '-u', '-f', 'value %s\\n', '-G', group, topic]);
  }

  protected override heard(line: string): void {
    if (line.startsWith('value ')) this.values.push(line.slice('value '.length));
    else if (/: revoked: /.test(line)) this.owns = [];
    else if (/: assigned: /.test(line)) this.owns = [...line.matchAll(/ \[(\d+)\]/g)].map((match) => Number(match[1]));
  }
}

async function killedMember(server: ServeProcess): Promise<void> {
  const values: string[] = [];
  const send = async (): Promise<void> => {
    const batch = Array.from({ length: 25 * partitions }, (_, index) => `b${values.length + index}`);
    for (let partition = 0; partition < partitions; partition++) {
      const own = batch.filter((_, index) => index % partitions === partition);
      await succeed(server, ['-P', '-t', 'balanced', '-p', String(partition), '-X', 'acks=all'], `${own.join('\n')}\n`);
    }
    values.push(...batch);
  };
  await send();
  const members = [new KcatMember(server, 'pair', 'balanced'), new KcatMember(server, 'pair', 'balanced')];
  try {
    await eventually('two members own all partitions', 60_000, () => ownAll(members, partitions));
    await eventually('all records are read', 30_000, () => readAll(members, values));
    await members[0]?.end('SIGKILL');
    await send();
    await eventually('the one that is left owns all partitions', 60_000, () => ownAll(members.slice(1), partitions));
    await eventually('all records are read after the kill', 30_000, () => readAll(members, values));
  } finally {
    for (const member of members) await member.end('SIGTERM');
  }
}

async function oneBroker(): Promise<void> {
  const server = await startServe(['--brokers', '1']);
  try {
    await succeed(server, ['-P', '-t', 'alone', '-p', '0'], 'one\ntwo\n');
    const member = new KcatMember(server, 'alone', 'alone');
    await eventually('the records are read', 30_000, () => readAll([member], ['one', 'two']));
    await member.end('SIGTERM');
    const listed: { topics: { topic: string; partitions: { replicas: unknown[] }[] }[] } = JSON.parse(await succeed(server, ['-L', '-J']));
    const offsets = listed.topics.find((each) => each.topic === '__consumer_offsets')?.partitions ?? [];
    expectEqual(
      [offsets.length, offsets.every((each) => each.replicas.length === 1)],
      [50, true],
      'partitions of __consumer_offsets, of one replica each',
    );
  } finally {
    await server.stop();
  }
}
