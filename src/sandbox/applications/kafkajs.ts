/**
 * Applications on kafkajs 2, as their authors might write them, for scenarios that name them: a producer that sends one record after the other,
 * and a member of a group that commits what it worked on. They use kafkajs's public API and say in the history what they ask and are told.
 */
import type { SandboxPlan } from '../../simulation/workload/plan.ts';
import type { SandboxEnv, SandboxProgram } from '../program.ts';
import type { PartitionOf, ReaderRecorder } from '../recorder.ts';

type KafkaJs = typeof import('kafkajs');
type ProducerPlan = Extract<SandboxPlan, { readonly application: 'kafkajs-producer' }>;
type ConsumerPlan = Extract<SandboxPlan, { readonly application: 'kafkajs-consumer' }>;
type EachBatch = NonNullable<NonNullable<Parameters<ReturnType<InstanceType<KafkaJs['Kafka']>['consumer']>['run']>[0]>['eachBatch']>;

/** Before what failed is tried again. */
const pauseMs = 1000;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** The program of a process that a scenario names. */
export function kafkajsProgram(plan: SandboxPlan): SandboxProgram {
  switch (plan.application) {
    case 'kafkajs-producer':
      return { name: plan.id, start: (env) => produce(env, plan) };
    case 'kafkajs-consumer':
      return { name: plan.id, start: (env) => consume(env, plan) };
  }
}

function kafkaOf(env: SandboxEnv): { readonly kafka: InstanceType<KafkaJs['Kafka']>; readonly kafkajs: KafkaJs } {
  const kafkajs = env.require('kafkajs') as KafkaJs;
  return { kafkajs, kafka: new kafkajs.Kafka({ clientId: env.name, brokers: [...env.brokers], logLevel: kafkajs.logLevel.NOTHING }) };
}

async function untilDone(act: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await act();
      return;
    } catch {
      await sleep(pauseMs);
    }
  }
}

async function produce(env: SandboxEnv, plan: ProducerPlan): Promise<void> {
  const { kafka, kafkajs } = kafkaOf(env);
  const producer = kafka.producer({
    idempotent: plan.idempotence,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const record = env.record.producer({ idempotent: plan.idempotence, maxInFlight: 1 });
  let stopped = false;
  env.onStop(() => {
    stopped = true;
  });
  process.once('SIGTERM', () => void producer.disconnect().finally(() => process.exit(0)));
  await untilDone(() => producer.connect());
  for (let sent = 0; !stopped; sent++) {
    await sleep((1000 / plan.ratePerSecond) * (0.5 + Math.random()));
    const key = `key-${Math.floor(Math.random() * plan.keys)}`;
    const value = `${env.name}/${env.incarnation}/${sent}`;
    const sending = record.send({ topic: plan.topic, key, value, acks: -1 });
    try {
      const [metadata] = await producer.send({ topic: plan.topic, acks: -1, messages: [{ key, value }] });
      if (metadata?.baseOffset === undefined) sending.unknown('kafkajs told no offset');
      else sending.acknowledged(metadata.partition, Number(metadata.baseOffset));
    } catch (error) {
      sending.unknown(textOf(error));
    }
  }
}

async function consume(env: SandboxEnv, plan: ConsumerPlan): Promise<void> {
  const { kafka } = kafkaOf(env);
  const { sessionTimeoutMs: sessionTimeout, group, topic } = plan;
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout,
    heartbeatInterval: Math.min(3000, Math.floor(sessionTimeout / 3)),
    maxWaitTimeInMs: 500,
  });
  const record = env.record.reader(group);
  watchMembership(consumer, record);
  // With nobody to restart it, a dead consumer in a process that lives on is the worst of ends: this one leaves it to its supervisor.
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart) return;
    console.error(`${env.name}: ${textOf(payload.error)}`);
    process.exit(1);
  });
  const eachBatch: EachBatch = async ({ batch, commitOffsetsIfNecessary }) => {
    const { partition } = batch;
    const records = batch.messages.map(({ offset, value }) => ({ topic, partition, offset: Number(offset), value: value?.toString() ?? '' }));
    const first = records[0];
    const last = records.at(-1);
    if (first === undefined || last === undefined) return;
    record.read(records).handled();
    const next = last.offset + 1;
    const committing = record.commit([{ topic, partition, offset: next }]);
    try {
      // consumer.commitOffsets would do as well, but kafkajs hides from itself an UNKNOWN_MEMBER_ID that comes that way, and dies of it.
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: String(next) }] }] });
      committing.acknowledged();
    } catch (error) {
      committing.unknown(textOf(error));
      // kafkajs resolves nothing of a batch whose handler failed, and fetches it again.
      record.sought(first, first.offset);
      throw error;
    }
  };
  process.once('SIGTERM', () => void consumer.disconnect().finally(() => process.exit(0)));
  await untilDone(() => consumer.connect());
  await untilDone(() => consumer.subscribe({ topics: [topic], fromBeginning: true }));
  await consumer.run({ autoCommit: false, eachBatch });
}

/** kafkajs tells what it was assigned when it joined, and of which generation that is with the first heartbeat after it. */
function watchMembership(consumer: ReturnType<InstanceType<KafkaJs['Kafka']>['consumer']>, record: ReaderRecorder): void {
  let owned: readonly PartitionOf[] = [];
  let told = true;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    owned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
    told = false;
    record.assigned(owned);
  });
  consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
    if (told) return;
    told = true;
    record.owns(owned, { memberId: payload.memberId, generation: payload.groupGenerationId });
  });
  consumer.on(consumer.events.REBALANCING, () => {
    record.revoked(owned);
    owned = [];
    told = true;
  });
}
