/**
 * `serve --data-dir` under load is killed with SIGKILL, started again and read, a hundred times: what was acknowledged under the configured
 * durability is there, at its offset, once. A kill ends the process and not the machine: what was written is in the page cache, so acks=all (which
 * syncs nothing, as in Kafka) has to hold, as well as flush.messages=1. What a power loss takes is tried in properties/server/power-loss.test.ts.
 * Segments are small, so that kills fall into rolls, snapshots and checkpoints; the moment of a kill is an event: the n-th acknowledgement since the
 * start, 0 for the moment at which it serves, with more sends under way.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Producer } from 'kafkajs';
import { type Checklist, expectEqual } from './checklist.ts';
import { kafkajsFor } from './kafkajs.ts';
import { type BackRecord, missingReader, readBack } from './read-back.ts';
import { type ServeProcess, startServe } from './serve-process.ts';

const topic = 'kept';
const partitions = 2;
/** Sends that are under way at any moment, each of so many records. */
const lanes = 4;
const together = 5;
/** How long replicas may take to have fetched from each other. */
const catchUpLimitMs = 15_000;
/** The longest that a life lasts, in acknowledged sends. */
const longestLife = 40;

interface Plan {
  readonly name: string;
  readonly kills: number;
  readonly brokers: number;
  readonly settings: Readonly<Record<string, string>>;
}
const small = { 'num.partitions': String(partitions), 'log.index.interval.bytes': '512', 'log.retention.check.interval.ms': '600000' };
const soon = {
  // A broker that comes back before its session is over has to wait for that.
  'log.flush.offset.checkpoint.interval.ms': '200',
  'replica.high.watermark.checkpoint.interval.ms': '200',
  'broker.session.timeout.ms': '1000',
  'broker.heartbeat.interval.ms': '200',
  'group.initial.rebalance.delay.ms': '0',
};
const plans: readonly Plan[] = [
  { name: 'one broker, acks=all', kills: 40, brokers: 1, settings: { ...small, ...soon } },
  { name: 'one broker, acks=all, flush.messages=1', kills: 30, brokers: 1, settings: { ...small, ...soon, 'log.flush.interval.messages': '1' } },
  {
    name: 'three brokers, acks=all, min.insync.replicas=2',
    kills: 30,
    brokers: 3,
    settings: { ...small, ...soon, 'min.insync.replicas': '2', 'broker.session.timeout.ms': '2000' },
  },
];

export async function checkKilled(list: Checklist): Promise<void> {
  const title = (plan: Plan): string =>
    `killed ${plan.kills} times under load (${plan.name}): kcat -C gets every acknowledged record, at its offset, once`;
  if (missingReader !== undefined) {
    for (const plan of plans) list.skip(title(plan), missingReader);
    return;
  }
  const startedMs = performance.now();
  // Side by side: most of a restart is waiting for the session of the killed broker to end.
  await Promise.all(plans.map((plan) => list.check(title(plan), () => killed(plan))));
  console.log(`         ${plans.reduce((sum, { kills }) => sum + kills, 0)} kills in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

/** By partition and offset, the value. */
type Acknowledged = Map<string, string>;
const placeOf = (partition: number, offset: number | string): string => `${partition} ${offset}`;

async function killed(plan: Plan): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-killed-'));
  const start = (): Promise<ServeProcess> => startServe(['--brokers', String(plan.brokers), '--data-dir', folder], plan.settings);
  const acknowledged: Acknowledged = new Map();
  let server = await start();
  try {
    await makeTopic(server, plan.brokers);
    for (let kill = 0; kill < plan.kills; kill++) {
      await loadAndKill(server, kill, acknowledged);
      server = await start();
      expectEqual(await lossAfterRestart(server, acknowledged), [], `acknowledged and not read after kill ${kill + 1}`);
    }
    if (acknowledged.size < plan.kills * together) throw new Error(`only ${acknowledged.size} records were acknowledged`);
    // The last batch of the partition is one that was acknowledged.
    acknowledged.set(placeOf(0, await sendOne(server)), 'last');
    await server.stop();
    cutLastBatch(folder);
    server = await start();
    const lost = lossIn(await readBack(server.bootstrap, topic), acknowledged);
    if (lost.length === 0) throw new Error('the last batch was cut off by hand, and nothing was missed');
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/**
 * Several replicas: the high watermark of the new leader begins at its checkpoint, and until its followers have fetched a reader ends there. What is
 * lost stays so.
 */
async function lossAfterRestart(server: ServeProcess, acknowledged: Acknowledged): Promise<readonly string[]> {
  const endMs = performance.now() + catchUpLimitMs;
  for (;;) {
    const loss = lossIn(await readBack(server.bootstrap, topic), acknowledged);
    if (loss.length === 0 || performance.now() > endMs) return loss;
  }
}

async function makeTopic(server: ServeProcess, replicationFactor: number): Promise<void> {
  const admin = kafkajsFor(server.bootstrap).admin();
  await admin.connect();
  const configEntries = [{ name: 'internal.segment.bytes', value: '4000' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }], waitForLeaders: true });
  await admin.disconnect();
}

/** What was acknowledged and is not where it was, and what is there twice. */
function lossIn(read: readonly BackRecord[], acknowledged: Acknowledged): readonly string[] {
  const found = new Map<string, string>();
  const twice: string[] = [];
  for (const { partition, offset, value } of read) {
    const place = placeOf(partition, offset);
    if (found.has(place)) twice.push(`${place} twice`);
    found.set(place, value);
  }
  return [...twice, ...[...acknowledged].filter(([place, value]) => found.get(place) !== value).map(([place, value]) => `${value} at ${place}`)];
}

/** One life: idempotent sends in several lanes, until the process is killed at an acknowledgement. */
async function loadAndKill(server: ServeProcess, kill: number, acknowledged: Acknowledged): Promise<void> {
  const exited = once(server.child, 'exit');
  // Every length of a life comes, in no order: 17 and 41 have no factor in common.
  const lifetime = (kill * 17) % (longestLife + 1);
  let acks = 0;
  let over = false;
  const endIfDue = (): void => {
    if (over || acks < lifetime) return;
    over = true;
    server.child.kill('SIGKILL');
  };
  const lane = async (producer: Producer, index: number): Promise<void> => {
    await producer.connect();
    for (let send = 0; !over; send++) {
      const partition = send % partitions;
      const messages = Array.from({ length: together }, (_, at) => ({ partition, key: `k${index}`, value: `${kill}/${index}/${send}/${at}` }));
      const [answer] = await producer.send({ topic, acks: -1, messages });
      const base = Number(answer?.baseOffset);
      for (const [at, { value }] of messages.entries()) acknowledged.set(placeOf(partition, base + at), value);
      acks++;
      endIfDue();
    }
  };
  const broken: unknown[] = [];
  const producers = Array.from({ length: lanes }, () =>
    kafkajsFor(server.bootstrap, `load-${kill}`).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 10, initialRetryTime: 50, maxRetryTime: 500 },
    }),
  );
  // What was under way ends badly by the kill, after kafkajs has looked for the broker for seconds; nobody waits for it.
  const working = producers.map((producer, index) =>
    lane(producer, index)
      .catch((error: unknown) => {
        if (!over) broken.push(error);
      })
      .then(() => producer.disconnect())
      .catch(() => undefined),
  );
  endIfDue();
  await Promise.race([exited, Promise.all(working)]);
  if (!over) throw new Error(`no load any more after ${acks} of ${lifetime} acknowledgements: ${broken.join('; ')}`);
  await exited;
}

async function sendOne(server: ServeProcess): Promise<number> {
  const producer = kafkajsFor(server.bootstrap).producer();
  await producer.connect();
  const [answer] = await producer.send({ topic, acks: -1, messages: [{ partition: 0, value: 'last' }] });
  await producer.disconnect();
  return Number(answer?.baseOffset);
}

/** As if the last sync had been a lie: the last bytes of every replica of a partition are gone. */
function cutLastBatch(folder: string): void {
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes(`${topic}-0/`) && name.endsWith('.log'));
  for (const place of new Set(logs.map((name) => name.replace(/[^/]*$/, '')))) {
    const last =
      logs
        .filter((name) => name.startsWith(place) && statSync(join(folder, name)).size > 0)
        .sort()
        .at(-1) ?? 'none';
    truncateSync(join(folder, last), statSync(join(folder, last)).size - 1);
  }
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.kafka_cleanshutdown')) rmSync(join(folder, name));
}
