/**
 * The control API of `faultline serve` as a test in any language uses it: the leader is crashed under a kafkajs producer, and each kind of fault is
 * asked for once, deleted, and the cluster is well again.
 */
import type { Producer } from 'kafkajs';
import { servedKinds } from '../../src/server/fault-desk.ts';
import { type Checklist, expectEqual } from './checklist.ts';
import { ControlClient, eventually } from './control-client.ts';
import { kafkajsFor, readTopic } from './kafkajs.ts';
import { type ServeProcess, startServe } from './serve-process.ts';

/** Failures are noticed soon, so that a check takes seconds. */
const settings = {
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  'replica.lag.time.max.ms': '3000',
  'min.insync.replicas': '2',
};

/** What is asked of each kind besides its target; each strikes at once and lasts until it is deleted. */
const asked: ReadonlyMap<string, object> = new Map<string, object>([
  ['crash', { target: 'leader(well-0)', powerLoss: true, downMs: 'forever' }],
  ['stop', { target: 'leader(well-0)', downMs: 'forever' }],
  ['pause', { target: 'leader(well-0)', durationMs: 60_000 }],
  ['partition', { target: 'leader(well-0)', durationMs: 60_000 }],
  ['partition-one-way', { target: 'leader(well-0)', durationMs: 60_000, direction: 'inbound' }],
  ['client-cut', { target: 'client(sender)', durationMs: 60_000 }],
  ['slow-disk', { target: 'leader(well-0)', durationMs: 60_000, perOperationMs: 40, bytesPerSecond: 10_000 }],
  ['slow-network', { target: 'leader(well-0)', durationMs: 60_000, latencyMs: 200, jitterMs: 50 }],
  ['reset', { target: 'client(sender)' }],
  ['move-leader', { target: 'leader(well-0)' }],
  ['add-partitions', { topic: 'wide', partitions: 2 }],
]);
/** These are done at once, and nothing of them is left to heal. */
const momentary = ['reset', 'move-leader', 'add-partitions'];

export async function checkControl(list: Checklist): Promise<void> {
  const server = await startServe(['--brokers', '3', '--control', '0'], settings);
  const control = new ControlClient(server.control);
  try {
    await list.check('control: the leader crashes under a kafkajs producer, and nothing acknowledged is lost', () => crashLeader(server, control));
    const sender = kafkajsFor(server.bootstrap, 'sender').producer({ retry: { retries: 30, maxRetryTime: 1000 } });
    await sender.connect();
    await makeWell(server);
    for (const kind of servedKinds)
      await list.check(`control: ${kind} is asked for, strikes, is deleted, and the cluster is well again`, () =>
        once(server, control, sender, kind),
      );
    await sender.disconnect();
  } finally {
    await list.check('control: serve ends with 0 on SIGTERM', async () =>
      expectEqual(await server.stop(), 0, `exit code, after ${server.printed()}`),
    );
  }
}

async function crashLeader(server: ServeProcess, control: ControlClient): Promise<void> {
  const kafka = kafkajsFor(server.bootstrap, 'careful');
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1, replicationFactor: 3 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ retry: { retries: 30, maxRetryTime: 1000 } });
  await producer.connect();
  const acknowledged: string[] = [];
  let crashed: { readonly id: number } | undefined;
  let afterCrash = 0;
  for (let at = 0; afterCrash < 60; at++) {
    const value = `kept-${at}`;
    // In the middle of a produce: the leader has the record, its followers do not.
    if (at === 60)
      crashed = await control.post({
        kind: 'crash',
        on: 'leader(kept-0) appended, not yet replicated',
        target: 'leader(kept-0)',
        powerLoss: false,
        downMs: 2000,
      });
    await producer.send({ topic: 'kept', acks: -1, messages: [{ key: 'k', value }] });
    acknowledged.push(value);
    if (crashed !== undefined && (await control.fault(crashed.id)).fired === 1) afterCrash++;
  }
  await producer.disconnect();
  await eventually('the crashed broker runs again', 30_000, async () =>
    (await control.nodes()).every((node) => node.state === 'running') ? true : undefined,
  );
  const read = new Set((await readTopic(kafka, 'kept', acknowledged.length)).map((each) => each.value));
  expectEqual(
    acknowledged.filter((value) => !read.has(value)),
    [],
    'acknowledged and not read',
  );
}

async function makeWell(server: ServeProcess): Promise<void> {
  const admin = kafkajsFor(server.bootstrap).admin();
  await admin.connect();
  const topics = [
    { topic: 'well', numPartitions: 3, replicationFactor: 3 },
    { topic: 'wide', numPartitions: 1, replicationFactor: 3 },
  ];
  await admin.createTopics({ topics, waitForLeaders: true });
  await admin.disconnect();
}

async function once(server: ServeProcess, control: ControlClient, sender: Producer, kind: string): Promise<void> {
  // A client is one that has a connection.
  await sender.send({ topic: 'well', messages: [0, 1, 2].map((partition) => ({ partition, value: 'before' })) });
  const posted = await control.post({ kind, ...asked.get(kind) });
  expectEqual([posted.fired, posted.state], [1, momentary.includes(kind) ? 'over' : 'active'], 'how often it fired, and its state');
  const states = new Map((await control.nodes()).map((node) => [`broker-${node.id}`, node.state]));
  if (kind === 'crash') expectEqual(states.get(posted.node ?? ''), 'down', `the state of ${posted.node}`);
  if (kind === 'move-leader') await eventually('another leader', 10_000, async () => ((await leaderOf(server)) === posted.node ? undefined : true));
  if (kind === 'add-partitions')
    await eventually('three partitions', 10_000, async () => ((await partitionsOf(server, 'wide')).length === 3 ? true : undefined));
  if (kind === 'pause') expectEqual(states.get(posted.node ?? ''), 'paused', `the state of ${posted.node}`);
  // Long enough for a broker that is silent to be fenced, so that there is something to recover from.
  if (!momentary.includes(kind)) await new Promise((resolve) => setTimeout(resolve, 3500));
  if (kind === 'stop') {
    const stopped = (await control.nodes()).find((node) => `broker-${node.id}` === posted.node);
    expectEqual(stopped?.state, 'down', `the state of ${posted.node}`);
  }
  expectEqual((await control.remove(posted.id)).state, 'over', 'its state after it was deleted');
  await eventually('the cluster is well', 60_000, () => isWell(server, control));
  await sender.send({ topic: 'well', messages: [0, 1, 2].map((partition) => ({ partition, value: 'after' })) });
}

/** Every node runs, and every replica of every partition is in sync. */
async function isWell(server: ServeProcess, control: ControlClient): Promise<true | undefined> {
  if (!(await control.nodes()).every((node) => node.state === 'running')) return undefined;
  const partitions = await partitionsOf(server, 'well');
  return partitions.length === 3 && partitions.every((each) => each.leader >= 1 && each.isr.length === 3) ? true : undefined;
}

async function partitionsOf(server: ServeProcess, topic: string) {
  const admin = kafkajsFor(server.bootstrap).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.disconnect();
  return topics[0]?.partitions ?? [];
}

/** Of well-0, as the control API calls it. */
async function leaderOf(server: ServeProcess): Promise<string> {
  const leader = (await partitionsOf(server, 'well')).find((each) => each.partitionId === 0)?.leader;
  return `broker-${leader}`;
}
