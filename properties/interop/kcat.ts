/**
 * kcat (librdkafka), unmodified, against `faultline serve`: metadata, produce, consume, compression, keys, headers, offsets by time.
 * Needs kcat on the PATH; without it every check is skipped and named.
 */
import { spawn, spawnSync } from 'node:child_process';
import { type Checklist, expectEqual } from './checklist.ts';
import { type ServeProcess, startServe } from './serve-process.ts';

const titles = {
  list: 'kcat -L lists three brokers and no topic of its own making',
  produce: 'kcat -P with acks=all and kcat -C: 1,000 records come back once, in order of each key',
  gzip: 'kcat -P -z gzip: the batches come back as they are',
  headers: 'kcat -H: keys, headers, empty and null values survive',
  time: 'kcat -Q and -o s@: offsets by timestamp',
  acks: 'kcat -P with acks 0 and 1',
  stop: 'serve ends with 0 on SIGTERM',
} as const;

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
  const server = await startServe(['--brokers', '3']);
  try {
    await list.check(titles.list, async () => {
      const listed: { brokers: unknown[]; topics: unknown[] } = JSON.parse(await succeed(server, ['-L', '-J']));
      expectEqual([listed.brokers.length, listed.topics.length], [3, 0], 'brokers and topics');
    });
    await list.check(titles.produce, () => roundTrip(server, 'orders', []));
    await list.check(titles.gzip, () => roundTrip(server, 'squeezed', ['-z', 'gzip']));
    await list.check(titles.headers, () => headersSurvive(server));
    await list.check(titles.time, () => offsetsByTime(server));
    await list.check(titles.acks, async () => {
      for (const acks of ['0', '1']) {
        await succeed(server, ['-P', '-t', 'weak', '-p', '0', '-X', `acks=${acks}`], 'one\ntwo\n');
      }
      expectEqual(lines(await succeed(server, ['-C', '-t', 'weak', '-p', '0', '-o', 'beginning', '-e', '-q'])).length, 4, 'records');
    });
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
