/**
 * Folders that Apache Kafka wrote, from a broker of its published jars in KRaft mode: several segments, every codec, an idempotent producer. The whole
 * log directory after a clean stop, the same after a SIGKILL (indexes as they are preallocated, no marker), and one partition's folder put into a data
 * directory of ours: each is loaded by `serve --data-dir`, a client reads the same records, and new ones come behind them.
 * Needs java and mvn, as `java.ts` does, and kcat, which knows every codec.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { takePorts } from '../../src/server/ports.ts';
import { type Checklist, expectEqual } from './checklist.ts';
import { fetchJars, missingTools } from './java.ts';
import { kafkajsFor } from './kafkajs.ts';
import { missingReader, readBack } from './read-back.ts';
import { startServe } from './serve-process.ts';

const version = '4.3.1';
const source = fileURLToPath(new URL('Written.java', import.meta.url));
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const java = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const topic = 'written';
/** Of the topic, and what Written.java writes in all. */
const partitions = 2;
const records = 2000;
const startLimitMs = 120_000;

const titles = {
  killed: `Apache Kafka ${version}: its log directory after a SIGKILL is served by serve --data-dir, kcat -C gets the same records`,
  clean: `Apache Kafka ${version}: its log directory after a clean stop is served by serve --data-dir, kcat -C gets the same records`,
  folder: `Apache Kafka ${version}: a partition's folder put into a data directory is served, kcat -C gets the same records`,
  damaged: `Apache Kafka ${version}: a log directory with one segment less is found to have lost records`,
} as const;

export async function checkKafkaWritten(list: Checklist): Promise<void> {
  const jars = missingTools() === undefined ? fetchJars('kafka_2.13', version) : undefined;
  if (missingReader !== undefined) {
    for (const title of Object.values(titles)) list.skip(title, missingReader);
    return;
  }
  if (jars === undefined) {
    for (const title of Object.values(titles)) list.skip(title, missingTools() ?? `mvn could not fetch org.apache.kafka:kafka_2.13:${version}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'faultline-kafka-'));
  const kafka = await ApacheKafka.format(jars, folder);
  try {
    const copyOf = (name: string): string => {
      const copy = join(folder, name);
      cpSync(kafka.data, copy, { recursive: true });
      return copy;
    };
    let written: Written = new Map();
    await list.check(titles.killed, async () => {
      await kafka.start();
      written = write(jars, kafka.bootstrap);
      await kafka.end('SIGKILL');
      await servesTheSame(copyOf('killed'), [], written);
    });
    await list.check(titles.clean, async () => {
      await kafka.start();
      await kafka.end('SIGTERM');
      if (!readdirSync(kafka.data).includes('.kafka_cleanshutdown')) throw new Error('it did not stop cleanly');
      const copy = copyOf('clean');
      const logs = readdirSync(join(copy, `${topic}-0`)).filter((name) => /\.(log|index|timeindex|snapshot)$/.test(name));
      const ran = spawnSync(process.execPath, [program, 'log', ...logs.map((name) => join(copy, `${topic}-0`, name))], { encoding: 'utf8' });
      expectEqual([ran.status, ran.stderr], [0, ''], 'exit code and errors of `faultline log` on its files');
      await servesTheSame(copy, [], written);
    });
    await list.check(titles.folder, async () => {
      const own = join(folder, 'own');
      mkdirSync(join(own, 'broker-1'), { recursive: true });
      for (let partition = 0; partition < partitions; partition++)
        cpSync(join(kafka.data, `${topic}-${partition}`), join(own, 'broker-1', `${topic}-${partition}`), { recursive: true });
      await servesTheSame(own, ['--brokers', '1'], written);
    });
    await list.check(titles.damaged, async () => {
      const copy = copyOf('damaged');
      const place = join(copy, `${topic}-0`);
      const [first = ''] = readdirSync(place)
        .filter((name) => name.endsWith('.log'))
        .sort();
      for (const name of readdirSync(place)) if (name.startsWith(first.slice(0, -3))) rmSync(join(place, name));
      const said = await servesTheSame(copy, [], written).then(
        () => 'nothing',
        (error: Error) => error.message,
      );
      if (!said.startsWith('records read')) throw new Error(`of a missing segment it says ${said}`);
    });
  } finally {
    await kafka.end('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

/** Key and value by partition and offset. */
type Written = ReadonlyMap<string, string>;

function write(jars: string, bootstrap: string): Written {
  const ran = spawnSync('java', [...java, '-cp', join(jars, '*'), source, bootstrap], { encoding: 'utf8', timeout: startLimitMs });
  const lines = ran.stdout.split('\n').filter((line) => line.startsWith('written '));
  if (ran.status !== 0 || lines.length !== records)
    throw new Error(`${lines.length} of ${records} records were written: ${ran.stderr.slice(0, 2000)}`);
  return new Map(
    lines.map((line) => {
      const [, partition, offset, key, value] = line.split(' ');
      return [`${partition} ${offset}`, `${key} ${value}`];
    }),
  );
}

async function servesTheSame(dataDir: string, options: readonly string[], written: Written): Promise<void> {
  const segments = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.includes(`${topic}-0/`) && name.endsWith('.log'),
  );
  if (segments.length < 3) throw new Error(`there are ${segments.length} segments`);
  const server = await startServe(['--data-dir', dataDir, ...options]);
  try {
    const read = await readBack(server.bootstrap, topic);
    const got = new Map(read.map(({ partition, offset, key, value }) => [`${partition} ${offset}`, `${key} ${value}`]));
    expectEqual(read.length, written.size, `records read, after ${server.printed()}`);
    expectEqual(
      [...written].filter(([place, record]) => got.get(place) !== record),
      [],
      'records that were not read where they were written',
    );
    const producer = kafkajsFor(server.bootstrap).producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const [answer] = await producer.send({ topic, acks: -1, messages: [{ partition: 0, key: 'k', value: 'new' }] });
    await producer.disconnect();
    const end = read.filter(({ partition }) => partition === 0).length;
    expectEqual(Number(answer?.baseOffset), end, 'the offset of the next record');
    expectEqual((await readBack(server.bootstrap, topic)).length, read.length + 1, 'records with the new one');
  } finally {
    await server.stop();
  }
}

/** One broker that is its own controller, in a folder. */
class ApacheKafka {
  readonly data: string;
  readonly bootstrap: string;
  readonly #jars: string;
  readonly #settings: string;
  #child: ChildProcess | undefined;

  static async format(jars: string, folder: string): Promise<ApacheKafka> {
    const ports = await takePorts('127.0.0.1', 0, 2);
    if (!ports.ok) throw new Error(ports.error);
    const [client = 0, controller = 0] = ports.value;
    const settings = join(folder, 'server.properties');
    const data = join(folder, 'data');
    const lines = [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controller}`,
      `listeners=PLAINTEXT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
      'controller.listener.names=CONTROLLER',
      `log.dirs=${data}`,
      'offsets.topic.replication.factor=1',
      'offsets.topic.num.partitions=1',
    ];
    writeFileSync(settings, `${lines.join('\n')}\n`);
    const format = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', settings];
    const ran = spawnSync('java', [...java, '-cp', join(jars, '*'), ...format], { encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`Kafka's storage tool ended with ${ran.status}: ${ran.stderr}`);
    return new ApacheKafka(jars, settings, data, `127.0.0.1:${client}`);
  }

  private constructor(jars: string, settings: string, data: string, bootstrap: string) {
    this.#jars = jars;
    this.#settings = settings;
    this.data = data;
    this.bootstrap = bootstrap;
  }

  /** Answers once it answers clients. */
  async start(): Promise<void> {
    const child = spawn('java', [...java, '-cp', join(this.#jars, '*'), 'kafka.Kafka', this.#settings], { stdio: 'ignore' });
    this.#child = child;
    const retry = { retries: 1000, initialRetryTime: 100, maxRetryTime: 200 };
    const admin = new Kafka({ brokers: [this.bootstrap], logLevel: logLevel.NOTHING, retry }).admin();
    const limit = setTimeout(() => child.kill('SIGKILL'), startLimitMs);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`Apache Kafka ended with ${code} before it served`);
    });
    ended.catch(() => undefined);
    await Promise.race([admin.connect().then(() => admin.listTopics()), ended]);
    clearTimeout(limit);
    await admin.disconnect();
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
