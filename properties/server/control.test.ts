/** Faults over HTTP: what a request gets, and what a fault does to brokers on real sockets and to those who talk to them. */
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realWorld } from '../../src/io/real/real-world.ts';
import { Admin } from '../../src/kafka/client/admin.ts';
import { adminConfig, groupConsumerConfig, producerConfig } from '../../src/kafka/client/config.ts';
import { GroupConsumer } from '../../src/kafka/client/group/group-consumer.ts';
import { Producer } from '../../src/kafka/client/producer.ts';
import { kafkaRules } from '../../src/kafka/rules/rules.ts';
import { apis } from '../../src/protocol/apis.ts';
import { encodeRequest } from '../../src/protocol/frame.ts';
import { administratorId } from '../../src/server/served-administrator.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { ControlClient, eventually } from '../interop/control-client.ts';

const settings = new Map([
  ['broker.session.timeout.ms', '2000'],
  ['broker.heartbeat.interval.ms', '300'],
  ['replica.lag.time.max.ms', '1500'],
  ['min.insync.replicas', '2'],
]);

let server: Server;
let control: ControlClient;
const reports: string[] = [];
beforeAll(async () => {
  const started = await startServer({ brokers: 3, port: 0, control: 0, settings, report: (line) => reports.push(line) });
  if (!started.ok) throw new Error(started.error);
  server = started.value;
  control = new ControlClient(server.controlUrl ?? '');
});
afterAll(async () => {
  await server.stop();
  expect(reports).toEqual([]);
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
/** Not by fetch, which sets the Host itself. */
function ask({ method = 'POST', path = '/faults', headers = { 'content-type': 'application/json' }, body = '' }: Sent) {
  return new Promise<{ readonly status: number; readonly headers: NodeJS.Dict<string | string[]>; readonly body: { readonly error?: string } }>(
    (resolve, reject) => {
      const { hostname, port } = new URL(server.controlUrl ?? '');
      const sent = httpRequest({ hostname, port, method, path, headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: JSON.parse(text) }));
      });
      sent.on('error', reject);
      sent.end(body);
    },
  );
}
const json = (fault: unknown): string => JSON.stringify(fault);

const allRunning = () =>
  eventually('every node runs', 20_000, async () => ((await control.nodes()).every((node) => node.state === 'running') ? true : undefined));
const stateOf = async (node: string | null) => (await control.nodes()).find((each) => `broker-${each.id}` === node)?.state;

interface Sending {
  readonly at?: Server;
  readonly clientId?: string;
  readonly acks?: -1 | 1;
  readonly deliveryTimeoutMs?: number;
}
const bootstrapOf = (at: Server) => at.bootstrap.map((each) => ({ host: each.split(':')[0] ?? '', port: Number(each.split(':')[1]) }));

/** Sends one record to partition 0; answers how it ended, and how long it took. */
async function produce(topic: string, { at = server, clientId = 'producer', acks = -1, deliveryTimeoutMs = 20_000 }: Sending = {}) {
  const world = realWorld({ disks: new Map() });
  const bootstrapServers = bootstrapOf(at);
  const requestTimeoutMs = Math.min(1000, deliveryTimeoutMs - 1);
  const config = producerConfig({ bootstrapServers, clientId, lingerMs: 0, acks, enableIdempotence: false, deliveryTimeoutMs, requestTimeoutMs });
  if (!config.ok) throw new Error(config.error);
  const producer = new Producer(world, config.value);
  const from = performance.now();
  const outcome = await new Promise<{ readonly type: string; readonly offset?: number }>((done) =>
    producer.send({ topic, partition: 0, value: new Uint8Array(100) }, done),
  );
  const tookMs = performance.now() - from;
  await new Promise<void>((done) => producer.close(done));
  world.close();
  return { type: outcome.type, offset: outcome.offset, tookMs };
}

/** The partitions of a topic, with their leaders, as an admin client is told. */
async function partitionsOf(topic: string) {
  const world = realWorld({ disks: new Map() });
  const config = adminConfig({ bootstrapServers: bootstrapOf(server), clientId: 'onlooker' });
  if (!config.ok) throw new Error(config.error);
  const admin = new Admin(world, config.value);
  const described = await new Promise<Parameters<Parameters<Admin['describeTopics']>[1]>[0]>((done) => admin.describeTopics([topic], done));
  admin.close();
  world.close();
  return described.ok ? (described.value[0]?.partitions ?? []) : [];
}
const leaderOf = async (topic: string) => (await partitionsOf(topic)).map((each) => `broker-${each.leaderId}`).at(0);

/** One member of a group that polls all the time. */
class Member {
  /** Offsets of what it got. */
  readonly got: number[] = [];
  readonly #world = realWorld({ disks: new Map() });
  readonly #consumer: GroupConsumer;

  constructor(groupId: string, topic: string) {
    const bootstrapServers = bootstrapOf(server);
    const config = groupConsumerConfig({
      bootstrapServers,
      clientId: `${groupId}-member`,
      groupId,
      autoOffsetReset: 'earliest',
      requestTimeoutMs: 2000,
    });
    if (!config.ok) throw new Error(config.error);
    this.#consumer = new GroupConsumer(this.#world, config.value);
    this.#consumer.subscribe([topic]);
    this.#poll();
  }

  #poll(): void {
    this.#consumer.poll(500, (result) => {
      if (result.type === 'records') for (const { records } of result.records) for (const { offset } of records) this.got.push(offset);
      this.#poll();
    });
  }

  close(): void {
    this.#world.close();
  }
}

describe('the control API', () => {
  test('tells each node with its place, its state and which one is the controller', async () => {
    const nodes = await control.nodes();
    expect(nodes.map(({ id, state, controller }) => [id, state, controller])).toEqual([
      [1000, 'running', true],
      [1, 'running', false],
      [2, 'running', false],
      [3, 'running', false],
    ]);
    expect(nodes.slice(1).map(({ host, port }) => `${host}:${port}`)).toEqual(server.bootstrap);
  });
  test.each<[string, Sent, number, string]>([
    ['a body that is no JSON', { body: '{"kind":' }, 400, 'no JSON'],
    ['no body', { body: '' }, 400, 'no JSON'],
    ['a list', { body: '[]' }, 422, 'must be a map of fields'],
    ['a field that no fault has', { body: json({ kind: 'crash', target: 'broker(1)', color: 'red' }) }, 422, 'color: is no field here'],
    ['a field of another kind', { body: json({ kind: 'crash', target: 'broker(1)', durationMs: 5 }) }, 422, 'durationMs: is no field here'],
    ['an unknown kind', { body: json({ kind: 'melt', target: 'broker(1)' }) }, 422, 'kind: must be one of crash'],
    ['an unknown broker', { body: json({ kind: 'crash', target: 'broker(9)' }) }, 422, 'target: unknown broker(9)'],
    [
      'an unknown broker among the peers',
      { body: json({ kind: 'reset', target: 'broker(1)', peers: ['broker(2)', 'broker(9)'] }) },
      422,
      'peers[1]: unknown broker(9)',
    ],
    ['a target that cannot be read', { body: json({ kind: 'crash', target: 'boss' }) }, 422, 'target: cannot read "boss"'],
    ['a crash of a client', { body: json({ kind: 'crash', target: 'client(x)' }) }, 422, 'target: crash strikes brokers and the controller'],
    ['a stop of a member', { body: json({ kind: 'stop', target: 'member(g, leader)' }) }, 422, 'reset work on clients'],
    ['a pause of a client', { body: json({ kind: 'pause', target: 'client(x)', durationMs: 5 }) }, 422, 'target: pause strikes brokers'],
    [
      'a slow handler, which is in a client',
      { body: json({ kind: 'slow-handler', target: 'member(g, 0)', durationMs: 5, perPollMs: 5 }) },
      422,
      'kind: slow-handler slows the application of a client',
    ],
    ['a move of what is no leadership', { body: json({ kind: 'move-leader', target: 'broker(1)' }) }, 422, 'target: move-leader needs to know'],
    ['more partitions of a broker', { body: json({ kind: 'add-partitions', target: 'broker(1)', topic: 't' }) }, 422, 'target: add-partitions asks'],
    [
      'a client-cut of a broker',
      { body: json({ kind: 'client-cut', target: 'broker(1)', durationMs: 5 }) },
      422,
      'target: client-cut cuts off a client',
    ],
    [
      'an event that only a client sees',
      { body: json({ kind: 'crash', target: 'broker(1)', on: 'any produceRetried' }) },
      422,
      'on: waits for what happens in a client',
    ],
    ['an event of a member', { body: json({ kind: 'crash', target: 'broker(1)', on: 'member(g, 0) answered' }) }, 422, 'on: waits for what happens'],
    ['a time and an event', { body: json({ kind: 'crash', target: 'broker(1)', at: 1, on: 'any elected' }) }, 422, 'either "at"'],
    [
      'a body that says it is too long',
      { body: ' '.repeat(70_000), headers: { 'content-type': 'application/json', 'content-length': '70000' } },
      413,
      'longer than 65536',
    ],
    [
      'a body that is too long and does not say',
      { body: ' '.repeat(70_000), headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } },
      413,
      'longer than 65536',
    ],
    ['a body of another type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415, 'application/json'],
    ['an unknown path', { path: '/brokers/1' }, 404, 'there is no /brokers/1'],
    ['an unknown fault', { method: 'DELETE', path: '/faults/999' }, 404, 'there is no fault 999'],
    ['an unknown method', { method: 'PUT' }, 405, 'takes POST, GET'],
    ['a Host that is another name', { headers: { host: 'evil.example:8474' }, method: 'GET' }, 403, 'not this machine'],
  ])('refuses %s, and says what is wrong', async (_what, sent, status, error) => {
    const answer = await ask(sent);
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringContaining(error)]);
    if (status === 405) expect(answer.headers['allow']).toBe('POST, GET');
    expect(await ask({ method: 'GET', path: '/faults' })).toMatchObject({ status: 200, body: [] });
  });
  test('takes a Host that is this machine under any of its names', async () => {
    for (const host of ['localhost', 'localhost:1', '127.0.0.1', '[::1]:8474'])
      expect((await ask({ method: 'GET', path: '/brokers', headers: { host } })).status).toBe(200);
  });
});

describe('a fault on real sockets', () => {
  test('crashes the leader at once, and its deletion starts it again', async () => {
    await produce('crashed');
    const fault = await control.post({ kind: 'crash', target: 'leader(crashed-0)', powerLoss: false, downMs: 'forever' });
    expect(fault).toMatchObject({ state: 'active', fired: 1, node: expect.stringMatching(/^broker-[123]$/) });
    expect(await stateOf(fault.node)).toBe('down');
    const { port } = (await control.nodes()).find((node) => `broker-${node.id}` === fault.node) ?? { port: 0 };
    expect(await reached(port)).toBe('ECONNREFUSED');
    expect((await produce('crashed')).type).toBe('acknowledged');
    expect(await control.remove(fault.id)).toMatchObject({ state: 'over' });
    await allRunning();
    expect((await ask({ method: 'GET', path: `/faults/${fault.id}` })).status).toBe(404);
  });
  test('stops a leader in order: others lead at once, its connections end, and it is down until it is healed', async () => {
    await produce('stopped');
    const leader = await leaderOf('stopped');
    const talk = await Talk.open(server.bootstrap[Number(leader?.slice(-1)) - 1] ?? '');
    expect(await talk.ask(1000)).toBe('answered');
    const fault = await control.post({ kind: 'stop', target: 'leader(stopped-0)', downMs: 'forever' });
    expect(fault).toMatchObject({ state: 'active', fired: 1, node: leader });
    await eventually('it is down', 10_000, async () => ((await stateOf(fault.node)) === 'down' ? true : undefined));
    expect(await talk.answered(2000)).toBe('answered');
    expect(await talk.end(2000)).toBe('ended');
    expect(await leaderOf('stopped')).not.toBe(leader);
    expect((await produce('stopped')).type).toBe('acknowledged');
    await control.remove(fault.id);
    await allRunning();
  });
  test('stops the controller, and starts it again after its time', async () => {
    const fault = await control.post({ kind: 'stop', target: 'controller', downMs: 500 });
    const state = async () => (await control.nodes()).find((node) => node.controller)?.state;
    await eventually('it is down', 5_000, async () => ((await state()) === 'down' ? true : undefined));
    await eventually('it is over', 5_000, async () => ((await control.fault(fault.id)).state === 'over' ? true : undefined));
    await control.remove(fault.id);
    await allRunning();
  });
  test('kills who has not stopped by the time it should start again', async () => {
    const pause = await control.post({ kind: 'pause', target: 'broker(2)', durationMs: 60_000 });
    const stop = await control.post({ kind: 'stop', target: 'broker(2)', downMs: 300 });
    expect([await stateOf('broker-2'), stop.state]).toEqual(['paused', 'active']);
    await eventually('it is over', 5_000, async () => ((await control.fault(stop.id)).state === 'over' ? true : undefined));
    expect(await stateOf('broker-2')).not.toBe('paused');
    for (const { id } of [pause, stop]) await control.remove(id);
    await allRunning();
  });
  test('moves a leader to another replica, by an administrator whom no fault strikes', async () => {
    await produce('moved');
    const before = await leaderOf('moved');
    const fault = await control.post({ kind: 'move-leader', target: 'leader(moved-0)' });
    expect(fault).toMatchObject({ state: 'over', fired: 1, node: before });
    await eventually('another leader', 10_000, async () => ((await leaderOf('moved')) === before ? undefined : true));
    const never = await control.post({ kind: 'reset', target: `client(${administratorId})` });
    expect(never).toMatchObject({ state: 'waiting', fired: 0 });
    for (const { id } of [fault, never]) await control.remove(id);
    expect((await produce('moved')).type).toBe('acknowledged');
  });
  test('lets the move of a leader wait while no other replica is in sync', async () => {
    await produce('alone');
    const others = [1, 2, 3].map((id) => `broker-${id}`);
    const leader = await leaderOf('alone');
    const crashes = [];
    for (const node of others.filter((name) => name !== leader))
      crashes.push(await control.post({ kind: 'crash', target: `broker(${node.slice(-1)})`, powerLoss: false, downMs: 'forever' }));
    await eventually('the leader is alone', 20_000, async () => ((await partitionsOf('alone'))[0]?.isrNodes.length === 1 ? true : undefined));
    const fault = await control.post({ kind: 'move-leader', target: 'leader(alone-0)' });
    expect(fault).toMatchObject({ state: 'waiting', fired: 0 });
    for (const { id } of crashes) await control.remove(id);
    await eventually('another leader', 20_000, async () => ((await leaderOf('alone')) === leader ? undefined : true));
    expect((await control.remove(fault.id)).fired).toBe(1);
    await allRunning();
  });
  test('adds partitions to a topic, as soon as there is one', async () => {
    const fault = await control.post({ kind: 'add-partitions', topic: 'grown', partitions: 2 });
    expect(fault).toMatchObject({ state: 'waiting', fired: 0 });
    await produce('grown');
    await eventually('three partitions', 10_000, async () => ((await partitionsOf('grown')).length === 3 ? true : undefined));
    expect(await control.remove(fault.id)).toMatchObject({ state: 'over', fired: 1, node: 'controller-1000' });
  });
  test('crashes the coordinator of a group right after an answer of its, and the member reads on', async () => {
    await produce('shared');
    const fault = await control.post({
      kind: 'crash',
      on: 'coordinator(readers) answered SyncGroup',
      target: 'coordinator(readers)',
      powerLoss: false,
      downMs: 1000,
    });
    expect(fault).toMatchObject({ state: 'waiting', fired: 0 });
    const member = new Member('readers', 'shared');
    const struck = await eventually('it struck', 20_000, async () => {
      const now = await control.fault(fault.id);
      return now.fired === 1 ? now : undefined;
    });
    expect(struck.node).toMatch(/^broker-[123]$/);
    await produce('shared');
    await eventually('both records', 30_000, () => ([0, 1].every((offset) => member.got.includes(offset)) ? true : undefined));
    const cut = await control.post({ kind: 'client-cut', target: 'member(readers, leader)', durationMs: 60_000 });
    expect(cut).toMatchObject({ state: 'active', node: 'client(readers-member)' });
    for (const { id } of [fault, cut]) await control.remove(id);
    member.close();
    await allRunning();
  });
  test('strikes at an event of a group, and of no other', async () => {
    await produce('counted-groups');
    const on = 'coordinator(right) generation';
    const fault = await control.post({ kind: 'slow-network', on, target: 'coordinator(right)', latencyMs: 1, durationMs: 60_000 });
    const wrong = new Member('wrong', 'counted-groups');
    await eventually('a record', 20_000, () => (wrong.got.length > 0 ? true : undefined));
    expect((await control.fault(fault.id)).state).toBe('waiting');
    const right = new Member('right', 'counted-groups');
    await eventually('it struck', 20_000, async () => ((await control.fault(fault.id)).fired === 1 ? true : undefined));
    await control.remove(fault.id);
    for (const member of [wrong, right]) member.close();
  });
  test('takes the power: peers hear nothing until the machine is on again, and then that their connections are gone', async () => {
    const talk = await Talk.open(server.bootstrap[1] ?? '');
    expect(await talk.ask(1000)).toBe('answered');
    const fault = await control.post({ kind: 'crash', target: 'broker(2)', downMs: 'forever' });
    expect(await talk.ask(300)).toBe('silent');
    const late = await Talk.open(server.bootstrap[1] ?? '');
    expect(await late.ask(300)).toBe('silent');
    await control.remove(fault.id);
    expect([await talk.answered(2000), await late.answered(2000)]).toEqual(['ECONNRESET', 'ECONNRESET']);
    await allRunning();
  });
  test('strikes at the n-th event that it waits for, and is over when its time is', async () => {
    await produce('counted');
    const fault = await control.post({
      kind: 'crash',
      target: 'leader(counted-0)',
      on: 'leader(counted-0) acknowledged',
      nth: 3,
      powerLoss: true,
      downMs: 300,
    });
    expect(fault).toMatchObject({ state: 'waiting', fired: 0, node: null });
    await produce('counted');
    await produce('counted');
    expect(await control.fault(fault.id)).toMatchObject({ fired: 0 });
    await produce('counted');
    expect((await control.fault(fault.id)).fired).toBe(1);
    await eventually('the crash is over', 10_000, async () => ((await control.fault(fault.id)).state === 'over' ? true : undefined));
    await control.remove(fault.id);
    await allRunning();
  });
  test('strikes after its time, counted from when it was asked for, and not when it was called off', async () => {
    const [later, never] = [
      await control.post({ kind: 'pause', target: 'broker(2)', at: 400, durationMs: 100 }),
      await control.post({ kind: 'pause', target: 'broker(3)', at: 300, durationMs: 60_000 }),
    ];
    await control.remove(never.id);
    expect((await control.fault(later.id)).state).toBe('waiting');
    await eventually('it struck', 5_000, async () => ((await control.fault(later.id)).fired === 1 ? true : undefined));
    expect(await stateOf('broker-3')).toBe('running');
    await eventually('it is over', 5_000, async () => ((await control.fault(later.id)).state === 'over' ? true : undefined));
    await control.remove(later.id);
  });
  test('leaves a paused broker silent with its connections open, and answers when it goes on', async () => {
    const talk = await Talk.open(server.bootstrap[0] ?? '');
    expect(await talk.ask(1000)).toBe('answered');
    const fault = await control.post({ kind: 'pause', target: 'broker(1)', durationMs: 60_000 });
    expect(await stateOf('broker-1')).toBe('paused');
    expect(await talk.ask(300)).toBe('silent');
    await control.remove(fault.id);
    expect(await talk.answered(2000)).toBe('answered');
    talk.close();
    await allRunning();
  });
  test('breaks the connections of a client with a reset, and nobody else’s', async () => {
    const [struck, other] = [await Talk.open(server.bootstrap[0] ?? '', 'struck'), await Talk.open(server.bootstrap[0] ?? '', 'other')];
    expect([await struck.ask(1000), await other.ask(1000)]).toEqual(['answered', 'answered']);
    expect(await control.post({ kind: 'reset', target: 'client(struck)' })).toMatchObject({ fired: 1, state: 'over', node: 'client(struck)' });
    expect(await struck.answered(2000)).toBe('ECONNRESET');
    expect(await other.ask(1000)).toBe('answered');
    other.close();
  });
  test('cuts off a client from the brokers that it names, both ways, until it is healed', async () => {
    const [cut, uncut] = [await Talk.open(server.bootstrap[0] ?? '', 'cut'), await Talk.open(server.bootstrap[1] ?? '', 'cut')];
    expect([await cut.ask(1000), await uncut.ask(1000)]).toEqual(['answered', 'answered']);
    const fault = await control.post({ kind: 'client-cut', target: 'client(cut)', peers: ['broker(1)'], durationMs: 60_000 });
    expect([await cut.ask(300), await uncut.ask(1000)]).toEqual(['silent', 'answered']);
    const late = await Talk.open(server.bootstrap[0] ?? '', 'cut');
    expect(await late.ask(300)).toBe('silent');
    await control.remove(fault.id);
    expect([await cut.answered(2000), await late.answered(2000)]).toEqual(['answered', 'answered']);
    for (const each of [cut, uncut, late]) each.close();
  });
  test('slows the answers to a client by the latency, once each way', async () => {
    const talk = await Talk.open(server.bootstrap[0] ?? '', 'far');
    expect(await talk.ask(1000)).toBe('answered');
    const fault = await control.post({ kind: 'slow-network', target: 'client(far)', latencyMs: 200, jitterMs: 0, durationMs: 60_000 });
    const from = performance.now();
    expect(await talk.ask(2000)).toBe('answered');
    expect(performance.now() - from).toBeGreaterThan(395);
    await control.remove(fault.id);
    expect(await talk.ask(150)).toBe('answered');
    talk.close();
  });
  test('keeps a produce with acks=1 waiting for a slow disk', async () => {
    await produce('slow', { acks: 1 });
    const fault = await control.post({ kind: 'slow-disk', target: 'leader(slow-0)', perOperationMs: 400, durationMs: 60_000 });
    const { type, tookMs } = await produce('slow', { acks: 1 });
    expect(type).toBe('acknowledged');
    expect(tookMs).toBeGreaterThan(395);
    await control.remove(fault.id);
    expect((await produce('slow', { acks: 1 })).tookMs).toBeLessThan(395);
    await allRunning();
  });
  test('leaves a leader that is partitioned from everybody without its ISR, and clients that reach it unacknowledged', async () => {
    await produce('parted');
    const fault = await control.post({ kind: 'partition', target: 'leader(parted-0)', durationMs: 60_000 });
    expect(fault.fired).toBe(1);
    expect((await produce('parted', { deliveryTimeoutMs: 1200 })).type).not.toBe('acknowledged');
    // The others go on with another leader once the old one is fenced.
    expect((await produce('parted')).type).toBe('acknowledged');
    await control.remove(fault.id);
    expect((await produce('parted')).type).toBe('acknowledged');
  });
});

test('a crash keeps what was written, and a power loss only what was synced', async () => {
  const started = await startServer({ brokers: 1, port: 0, control: 0, settings });
  if (!started.ok) throw new Error(started.error);
  const [at, api] = [started.value, new ControlClient(started.value.controlUrl ?? '')];
  const strike = async (powerLoss: boolean): Promise<void> => {
    const fault = await api.post({ kind: 'crash', target: 'broker(1)', powerLoss, downMs: 'forever' });
    await api.remove(fault.id);
    await eventually('the broker runs', 20_000, async () => ((await api.nodes()).every((node) => node.state === 'running') ? true : undefined));
  };
  for (const offset of [0, 1, 2]) expect(await produce('lone', { at, acks: 1 })).toMatchObject({ type: 'acknowledged', offset });
  await strike(false);
  expect((await produce('lone', { at, acks: 1 })).offset).toBe(3);
  await strike(true);
  // Kafka leaves durability to replication: nothing of this log was ever synced.
  expect((await produce('lone', { at, acks: 1 })).offset).toBe(0);
  await at.stop();
});

test('a broker whose program breaks goes down alone, says so, and the others serve', async () => {
  const said: string[] = [];
  let armed = false;
  const { checkLeaderEpoch } = kafkaRules.replication;
  const slip: typeof checkLeaderEpoch = (requested, current) => {
    if (!armed) return checkLeaderEpoch(requested, current);
    armed = false;
    throw new Error('a slip of the pen');
  };
  const rules = { ...kafkaRules, replication: { ...kafkaRules.replication, checkLeaderEpoch: slip } };
  const started = await startServer({ brokers: 3, port: 0, control: 0, settings, rules, report: (line) => said.push(line) });
  if (!started.ok) throw new Error(started.error);
  const api = new ControlClient(started.value.controlUrl ?? '');
  expect((await produce('broken', { at: started.value })).type).toBe('acknowledged');
  armed = true;
  const down = await eventually('a broker is down', 10_000, async () => (await api.nodes()).filter((node) => node.state === 'down').at(0));
  expect(said).toEqual([
    expect.stringMatching(new RegExp(`^broker ${down.id} broke and is down, the others go on: Error: a slip of the pen\n.*at `)),
  ]);
  expect((await produce('broken', { at: started.value })).type).toBe('acknowledged');
  expect((await api.nodes()).map((node) => node.state).sort()).toEqual(['down', 'running', 'running', 'running']);
  await started.value.stop();
  expect(started.value.broken).toBe(1);
});

function reached(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** One connection of a client that asks for the versions and counts the answers. */
class Talk {
  readonly #socket: Socket;
  readonly #clientId: string;
  #answers = 0;
  #ended = false;
  #error: string | undefined;
  #wanted = 0;

  private constructor(socket: Socket, clientId: string) {
    this.#socket = socket;
    this.#clientId = clientId;
    socket.on('data', () => this.#answers++);
    socket.on('end', () => {
      this.#ended = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
  }

  static open(address: string, clientId = 'talker'): Promise<Talk> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]), noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Talk(socket, clientId));
      });
    });
  }

  /** Asks once more, and waits so long. */
  ask(limitMs: number): Promise<string> {
    this.#socket.write(encodeRequest(apis.apiVersions, 0, ++this.#wanted, this.#clientId, {}));
    return this.answered(limitMs);
  }

  async answered(limitMs: number): Promise<string> {
    return eventually('an answer', limitMs, () => this.#error ?? (this.#answers >= this.#wanted ? 'answered' : undefined)).catch(() => 'silent');
  }

  /** How the other side ends the connection. */
  async end(limitMs: number): Promise<string> {
    return eventually('its end', limitMs, () => this.#error ?? (this.#ended ? 'ended' : undefined)).catch(() => 'open');
  }

  close(): void {
    this.#socket.destroy();
  }
}
