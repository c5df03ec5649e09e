/**
 * kafkajs, unmodified, against `faultline serve` over TCP: its admin, its producer with every acks, and a group of three processes of which one
 * is killed.
 */
import { fileURLToPath } from 'node:url';
import kafkajs, { type Admin, CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { type Checklist, expectEqual } from './checklist.ts';
import { eventually } from './control-client.ts';
import { MemberProcess, ownAll, readAll } from './members.ts';
import { type ServeProcess, startServe } from './serve-process.ts';

const member = fileURLToPath(new URL('kafkajs-member.ts', import.meta.url));

/** kafkajs as its users configure it, silent. */
export const kafkajsFor = (bootstrap: string, clientId = 'interop'): Kafka =>
  new Kafka({ clientId, brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });

class KafkajsMember extends MemberProcess {
  constructor(bootstrap: string, group: string, topic: string) {
    super(process.execPath, ['--import', 'tsx', member, bootstrap, group, topic]);
  }

  protected override heard(line: string): void {
    if (!line.startsWith('{')) return;
    const told: { readonly owns?: readonly number[]; readonly value?: string } = JSON.parse(line);
    if (told.owns !== undefined) this.owns = told.owns;
    if (told.value !== undefined) this.values.push(told.value);
  }
}

export async function checkKafkajs(list: Checklist): Promise<void> {
  // An empty group need not wait so long for more members here.
  const server = await startServe(['--brokers', '3'], { 'group.initial.rebalance.delay.ms': '500' });
  const admin = kafkajsFor(server.bootstrap).admin();
  try {
    await admin.connect();
    await list.check('kafkajs admin: topics are created, grown, listed and deleted', () => topics(admin));
    await list.check('kafkajs admin: configurations are described and altered', () => configs(admin));
    for (const acks of [0, 1, -1] as const)
      await list.check(`kafkajs producer, acks ${acks}: 300 records come back once, in order of each key`, () => roundTrip(server, acks, false));
    await list.check('kafkajs producer, idempotent: 300 records come back once, in order of each key', () => roundTrip(server, -1, true));
    await list.check('kafkajs consumers: three share a topic, one is killed, and nothing is left unread or unowned', () => killedMember(server));
    await list.check('kafkajs admin: groups are listed, described, moved and deleted', () => groups(server, admin));
  } finally {
    await admin.disconnect();
    await list.check('kafkajs: serve ends with 0 on SIGTERM', async () =>
      expectEqual(await server.stop(), 0, `exit code, after ${server.printed()}`),
    );
  }
}

async function topics(admin: Admin): Promise<void> {
  expectEqual((await admin.describeCluster()).brokers.length, 3, 'brokers');
  const wanted = { topic: 'made', numPartitions: 3, replicationFactor: 3, configEntries: [{ name: 'min.insync.replicas', value: '2' }] };
  expectEqual(await admin.createTopics({ topics: [wanted], waitForLeaders: true }), true, 'the topic is new');
  expectEqual(await admin.createTopics({ topics: [wanted] }), false, 'the topic is there already');
  await admin.createPartitions({ topicPartitions: [{ topic: 'made', count: 5 }] });
  const { topics } = await admin.fetchTopicMetadata({ topics: ['made'] });
  const partitions = topics[0]?.partitions ?? [];
  expectEqual([partitions.length, partitions.every((each) => each.replicas.length === 3 && each.leader >= 1)], [5, true], 'partitions');
  expectEqual((await admin.listTopics()).includes('made'), true, 'listed');
  await admin.deleteTopics({ topics: ['made'] });
  expectEqual((await admin.listTopics()).includes('made'), false, 'listed after it was deleted');
  const tooMany = { topic: 'unmade', numPartitions: 1, replicationFactor: 4 };
  const refused = await admin.createTopics({ topics: [tooMany] }).then(
    () => 'created',
    (error: { readonly errors?: readonly { readonly type?: string }[] }) => error.errors?.[0]?.type ?? String(error),
  );
  expectEqual(refused, 'INVALID_REPLICATION_FACTOR', 'more replicas than brokers');
}

async function configs(admin: Admin): Promise<void> {
  await admin.createTopics({ topics: [{ topic: 'tuned', numPartitions: 1, replicationFactor: 3 }], waitForLeaders: true });
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: 'tuned' };
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: [{ name: 'max.message.bytes', value: '2000000' }] }] });
  const value = await eventually('the new value is told', 5_000, async () => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ ...resource, configNames: ['max.message.bytes'] }] });
    return resources[0]?.configEntries.find((entry) => entry.configValue === '2000000')?.configName;
  });
  expectEqual(value, 'max.message.bytes', 'the configuration');
  const wrong = { ...resource, configEntries: [{ name: 'max.message.bytes', value: 'long' }] };
  const refused = await admin.alterConfigs({ validateOnly: false, resources: [wrong] }).then(
    () => 'taken',
    (error: { readonly type?: string }) => error.type ?? String(error),
  );
  expectEqual(refused, 'INVALID_CONFIG', 'a value that is no number');
}

const numbered = (count: number, prefix: string): readonly { readonly key: string; readonly value: string }[] =>
  Array.from({ length: count }, (_, index) => ({ key: `k${index % 7}`, value: `${prefix}${index}` }));

async function roundTrip(server: ServeProcess, acks: 0 | 1 | -1, idempotent: boolean): Promise<void> {
  const topic = `trip${acks}${idempotent ? '-idempotent' : ''}`;
  const kafka = kafkajsFor(server.bootstrap);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 3 }], waitForLeaders: true });
  const producer = kafka.producer({ idempotent });
  await producer.connect();
  const sent = numbered(300, `${topic}-`);
  for (let at = 0; at < sent.length; at += 30) {
    const compression = at % 60 === 0 ? CompressionTypes.GZIP : CompressionTypes.None;
    await producer.send({ topic, acks, compression, messages: sent.slice(at, at + 30).map((each) => ({ ...each, headers: { at: String(at) } })) });
  }
  await producer.disconnect();
  const read = await readTopic(kafka, topic, sent.length);
  expectEqual(read.map((each) => each.value).sort(), sent.map((each) => each.value).sort(), 'the records read');
  for (let key = 0; key < 7; key++) {
    const ofKey = (records: readonly { readonly key: string; readonly value: string }[]) => records.filter((each) => each.key === `k${key}`);
    expectEqual(ofKey(read), ofKey(sent), `the order of key k${key}`);
  }
  const ends = (await admin.fetchTopicOffsets(topic)).reduce((sum, { offset }) => sum + Number(offset), 0);
  expectEqual(ends, sent.length, 'the ends of the logs');
  await admin.disconnect();
}

/** What a topic holds from its beginning on, as a consumer of a new group reads it. */
export async function readTopic(kafka: Kafka, topic: string, count: number): Promise<readonly { readonly key: string; readonly value: string }[]> {
  const consumer = kafka.consumer({ groupId: `reader-of-${topic}`, sessionTimeout: 6000, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const read: { key: string; value: string }[] = [];
  await consumer.run({
    eachMessage: async ({ message }) => {
      read.push({ key: String(message.key), value: String(message.value) });
    },
  });
  try {
    await eventually(`${count} records of ${topic} are read`, 30_000, () => (read.length >= count ? true : undefined));
  } finally {
    await consumer.disconnect();
  }
  return read;
}

async function killedMember(server: ServeProcess): Promise<void> {
  const [topic, group, partitions] = ['shared', 'sharers', 6];
  const kafka = kafkajsFor(server.bootstrap);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 3 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  const values: string[] = [];
  const send = async (count: number): Promise<void> => {
    const messages = Array.from({ length: count }, () => ({ value: `v${values.length}`, partition: values.push(`v${values.length}`) % partitions }));
    await producer.send({ topic, messages });
  };
  const members = Array.from({ length: 3 }, () => new KafkajsMember(server.bootstrap, group, topic));
  try {
    await eventually('three members own all partitions', 60_000, () => ownAll(members, partitions));
    await send(120);
    await eventually('all records are read', 30_000, () => readAll(members, values));
    await members[0]?.end('SIGKILL');
    await send(120);
    const left = members.slice(1);
    await eventually('the two that are left own all partitions', 60_000, () => ownAll(left, partitions));
    await send(120);
    await eventually('all records are read after the kill', 30_000, () => readAll(members, values));
  } finally {
    await producer.disconnect();
    for (const each of members) await each.end('SIGTERM');
  }
}

async function groups(server: ServeProcess, admin: Admin): Promise<void> {
  const [topic, groupId] = ['trip-1', 'reader-of-trip-1'];
  const kafka = kafkajsFor(server.bootstrap);
  const listed = (await admin.listGroups()).groups.map((each) => each.groupId);
  expectEqual(listed.includes(groupId), true, `${groupId} among ${listed.join()}`);
  const { groups } = await admin.describeGroups([groupId]);
  expectEqual([groups[0]?.state, groups[0]?.members.length], ['Empty', 0], 'the group without members');
  const offsetsOf = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions.map((each) => [each.partition, each.offset]);
  const ends = (await admin.fetchTopicOffsets(topic)).map((each) => [each.partition, each.offset]).sort();
  expectEqual((await offsetsOf())?.sort(), ends, 'what the group committed');
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '3' }] });
  expectEqual(
    (await offsetsOf())?.find(([partition]) => partition === 0),
    [0, '3'],
    'the offset that was set',
  );
  await admin.resetOffsets({ groupId, topic, earliest: true });
  await readTopic(kafka, topic, 300);
  const busy = kafka.consumer({ groupId, sessionTimeout: 6000, maxWaitTimeInMs: 200 });
  await busy.connect();
  await busy.subscribe({ topics: [topic] });
  await busy.run({ eachMessage: async () => undefined });
  await eventually('the group is stable', 30_000, async () =>
    (await admin.describeGroups([groupId])).groups[0]?.state === 'Stable' ? true : undefined,
  );
  const refused = await admin.deleteGroups([groupId]).then(
    () => 'deleted',
    (error: { readonly groups?: readonly { readonly errorCode?: number }[] }) => error.groups?.[0]?.errorCode,
  );
  expectEqual(refused, 68, 'deleting a group with a member: NON_EMPTY_GROUP');
  await busy.disconnect();
  await admin.deleteGroups([groupId]);
  expectEqual(
    (await admin.listGroups()).groups.some((each) => each.groupId === groupId),
    false,
    'listed after it was deleted',
  );
}
