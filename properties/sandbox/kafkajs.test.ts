/** kafkajs, unmodified, in the virtual world: it lives through crashes, its history is judged, and the judgement can be bad. */
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { kafkaRules, type Rules } from '../../src/kafka/rules/rules.ts';
import type { SandboxEnv } from '../../src/sandbox/program.ts';
import { runSandbox } from '../../src/sandbox/sandbox.ts';
import type { RunResult } from '../../src/simulation/run/result.ts';
import { simulate } from '../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../src/simulation/scenario/parse.ts';
import { printScenario } from '../../src/simulation/scenario/print.ts';
import type { Scenario } from '../../src/simulation/scenario.ts';
import { play, scenarioOf } from './rig.ts';

vi.setConfig({ testTimeout: 120_000 });

const file = new URL('../../scenarios/kafkajs-through-a-leader-crash.yaml', import.meta.url);
const story = (): Scenario => scenarioOf(readFileSync(file, 'utf8'));
const bad = (result: RunResult): readonly string[] =>
  result.findings.filter(({ verdict }) => verdict !== 'excused').map(({ anomaly, place, message }) => `${anomaly} at ${place}: ${message}`);

function valuesOf(result: RunResult): {
  readonly acknowledged: ReadonlySet<string>;
  readonly read: ReadonlySet<string>;
  readonly readers: ReadonlySet<string>;
} {
  const [acknowledged, read, readers] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const { operation, completion, process } of result.history.operations) {
    if (completion?.type !== 'ok') continue;
    if (operation.type === 'send') acknowledged.add(operation.value);
    if (completion.result.type !== 'poll') continue;
    readers.add(result.history.processes[process]?.name ?? '');
    for (const { value } of completion.result.records) read.add(value);
  }
  return { acknowledged, read, readers };
}

describe('the story of a leader’s and a coordinator’s crash', () => {
  test('comes out as it expects, with every acknowledged record read by one of the two consumers', async () => {
    const result = await runSandbox({ scenario: story() });
    expect(bad(result)).toEqual([]);
    expect(result.unmet).toEqual([]);
    expect(result.faultsFired.map(({ kind }) => kind)).toEqual(['crash', 'crash']);
    expect(result.coverage.get('coordinator move')).toBeGreaterThan(0);
    const { acknowledged, read, readers } = valuesOf(result);
    expect(acknowledged.size).toBeGreaterThan(200);
    expect([...acknowledged].filter((value) => !read.has(value))).toEqual([]);
    expect([...readers].sort()).toEqual(['billing-1', 'billing-2']);
  });
  test('is the same to the last event whenever it is played, and another one with another seed', async () => {
    const scenario = { ...story(), workload: { ...story().workload, seconds: 25 }, faults: story().faults.slice(0, 1) };
    const hashOf = async (seed: number): Promise<string> => (await runSandbox({ scenario: { ...scenario, seed } })).traceHash;
    const first = await hashOf(1);
    expect(await hashOf(1)).toBe(first);
    expect(await hashOf(2)).not.toBe(first);
  });
  test('is red when the leader does not wait for its followers', async () => {
    const { replication } = kafkaRules;
    const rules: Rules = { ...kafkaRules, replication: { ...replication, advanceHighWatermark: (leader) => leader.logEndOffset } };
    const result = await runSandbox({ scenario: story(), rules });
    expect(bad(result).join('\n')).toMatch(/^(lost-write|unseen|LeaderCandidateCompleteness) at orders-/m);
  });
  test('is refused by what cannot play it, and reads back as it is written', () => {
    expect(() => simulate(story())).toThrow('play it with runSandbox()');
    expect(parseScenario(printScenario(story()))).toEqual({ ok: true, value: story() });
  });
  test('is not begun where kafkajs is not installed', async () => {
    await expect(runSandbox({ scenario: story(), resolveFrom: '/' })).rejects.toThrow('npm install kafkajs@2');
  });
});

/** Answers to a producer are lost, again and again: it sends again what was written. */
const lossy = (idempotence: boolean): Scenario =>
  scenarioOf(`
version: 1
seed: 3
cluster:
  brokers: 3
  topics: [{ name: orders, partitions: 1, replicationFactor: 3, config: { min.insync.replicas: 2 } }]
workload:
  seconds: 60
  sandbox:
    - { id: shop, application: kafkajs-producer, topic: orders, ratePerSecond: 20, idempotence: ${idempotence} }
faults:
${[1, 2, 3, 4, 5, 6].map((nth) => `  - { kind: reset, on: leader(orders-0) acknowledged, nth: ${nth * 20}, target: client(shop) }`).join('\n')}
`);

describe('a kafkajs producer whose answers are lost', () => {
  test('writes twice without idempotence, which is excused', async () => {
    const result = await runSandbox({ scenario: lossy(false) });
    expect(result.verdict).toBe('excused');
    expect(result.findings.map(({ anomaly, verdict }) => `${anomaly} ${verdict}`)).toContain('duplicate excused');
  });
  test('writes once with idempotence', async () => {
    const result = await runSandbox({ scenario: lossy(true) });
    expect(result.findings).toEqual([]);
    expect(result.coverage.get('acknowledgement')).toBeGreaterThan(200);
  });
  test('is found out when the broker forgets what it wrote', async () => {
    const { producer } = kafkaRules;
    const forgetful: Rules = { ...kafkaRules, producer: { ...producer, checkSequence: (_entry, batch) => producer.checkSequence(undefined, batch) } };
    const result = await runSandbox({ scenario: lossy(true), rules: forgetful });
    expect(bad(result).join('\n')).toMatch(/^(duplicate|nonmonotonic-send|never-sent) at /m);
  });
});

describe('a kafkajs consumer that commits by consumer.commitOffsets', () => {
  interface Consumer {
    readonly events: { readonly CRASH: string };
    on(event: string, listener: (event: { readonly payload: { readonly restart: boolean; readonly error: Error } }) => void): void;
    connect(): Promise<void>;
    subscribe(topics: { readonly topics: readonly string[]; readonly fromBeginning: boolean }): Promise<void>;
    commitOffsets(offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: string }[]): Promise<void>;
    run(how: {
      readonly autoCommit: boolean;
      readonly eachMessage: (given: { topic: string; partition: number; message: { offset: string } }) => Promise<void>;
    }): Promise<void>;
  }
  interface KafkaJs {
    readonly logLevel: { readonly NOTHING: number };
    readonly Kafka: new (options: object) => { consumer(options: object): Consumer };
  }
  const start = async (env: SandboxEnv): Promise<void> => {
    const { Kafka, logLevel } = env.require('kafkajs') as KafkaJs;
    const consumer = new Kafka({ clientId: env.name, brokers: env.brokers, logLevel: logLevel.NOTHING }).consumer({
      groupId: 'billing',
      sessionTimeout: 10_000,
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) throw payload.error;
    });
    await consumer.connect();
    await consumer.subscribe({ topics: ['orders'], fromBeginning: true });
    const eachMessage = async ({ topic, partition, message }: { topic: string; partition: number; message: { offset: string } }): Promise<void> => {
      await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }]);
    };
    await consumer.run({ autoCommit: false, eachMessage });
  };
  const scenario = scenarioOf(`
version: 1
seed: 5
cluster:
  brokers: 1
  config: { offsets.topic.replication.factor: 1 }
  topics: [{ name: orders, partitions: 1, replicationFactor: 1 }]
workload:
  seconds: 60
  producers: [{ id: shop, topic: orders, ratePerSecond: 50 }]
`);
  test('dies for good when its session expired meanwhile: kafkajs does not see why', async () => {
    const pause = { kind: 'pause', trigger: { type: 'time', atMs: 20_000 }, target: { type: 'client', id: 'billing' }, durationMs: 15_000 } as const;
    const result = await play([{ name: 'billing', start }], { scenario: { ...scenario, faults: [pause] } });
    expect(bad(result).join('\n')).toMatch(/^process-died at billing: KafkaJSNonRetriableError: The coordinator is not aware of this member/m);
  });
  test('lives on when nothing happens', async () => {
    const result = await play([{ name: 'billing', start }], { scenario });
    expect(bad(result)).toEqual([]);
  });
});
