/** An idempotent producer against brokers that judge sequences as Kafka's do: once, in order, with five in flight. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ProducerConfig, producerConfig } from '../../../src/kafka/client/config.ts';
import { Producer, type SendOutcome } from '../../../src/kafka/client/producer.ts';
import { type ClientRules, kafkaClientRules } from '../../../src/kafka/client/rules.ts';
import { FakeCluster, type FakePartition, type ProduceScript } from './fake-cluster.ts';

class Fixture {
  readonly cluster: FakeCluster;
  readonly producer: Producer;
  readonly partition: FakePartition;
  readonly outcomes: (SendOutcome | undefined)[] = [];

  constructor(given: Partial<ProducerConfig> = {}, cluster = new FakeCluster(2), rules: ClientRules = kafkaClientRules) {
    this.cluster = cluster;
    const [partition] = cluster.topic('orders', [1]);
    if (partition === undefined) throw new Error('no partition');
    this.partition = partition;
    const config = producerConfig({
      ...cluster.bootstrap,
      requestTimeoutMs: 300,
      deliveryTimeoutMs: 100_000,
      lingerMs: 0,
      batchSize: 120,
      ...given,
    });
    if (!config.ok) throw new Error(config.error);
    this.producer = new Producer(cluster.clientWorld, config.value, rules);
  }

  /** Sends records with the values 0000, 0001, ... at once, one a batch. */
  send(count: number): this {
    for (let sent = 0; sent < count; sent++) {
      const at = this.outcomes.push(undefined) - 1;
      const value = Buffer.from(`${at}`.padStart(4, '0').padEnd(60, ' '));
      this.cluster.client.enter(() => this.producer.send({ topic: 'orders', partition: 0, value }, (outcome) => (this.outcomes[at] = outcome)));
    }
    return this;
  }

  /** What produces find, one after the other; then everything is appended. */
  script(...scripts: readonly ProduceScript[]): this {
    const left = [...scripts];
    this.cluster.produceScript = () => left.shift() ?? 'append';
    return this;
  }

  pass(ms: number): this {
    this.cluster.passMs(ms);
    return this;
  }

  get values(): readonly string[] {
    return this.partition.values.map((value) => value.trim());
  }
  get identities(): readonly (readonly [id: number, epoch: number, sequence: number])[] {
    return this.partition.batches.map((batch) => [batch.producerId, batch.producerEpoch, batch.baseSequence] as const);
  }
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`.padStart(4, '0'));

describe('an idempotent producer', () => {
  test('writes each record once and in order with five in flight, whatever answers fail or get lost', () => {
    const script = fc.constantFrom<ProduceScript>('append', 'append-silently', 'silent', 'disconnect', 6, 7, 19, 20);
    let several = 0;
    fc.assert(
      fc.property(fc.array(script, { maxLength: 14 }), fc.string({ maxLength: 5 }), (scripts, seed) => {
        const fixture = new Fixture({}, new FakeCluster(2, seed)).send(1).pass(500);
        fixture
          .script(...scripts)
          .send(12)
          .pass(60_000);
        expect(fixture.values).toEqual(numbered(13));
        for (const [at, outcome] of fixture.outcomes.entries()) expect(outcome).toMatchObject({ type: 'acknowledged', offset: at });
        several = Math.max(several, scripts.filter((each) => each !== 'append').length);
      }),
      { numRuns: 60 },
    );
    expect(several).toBeGreaterThan(3);
  });

  test('writes nothing twice where a record is refused for good while those before it have no known fate', () => {
    const script = fc.constantFrom<ProduceScript>('append', 'append-alone', 'append-silently', 'disconnect', 6, 18, 18, 19);
    fc.assert(
      fc.property(fc.array(script, { maxLength: 14 }), fc.string({ maxLength: 5 }), (scripts, seed) => {
        const fixture = new Fixture({}, new FakeCluster(2, seed)).send(1).pass(500);
        const left = [...scripts];
        // No broker refuses for good what it holds.
        const holds = (value = ''): boolean => fixture.values.includes(value.trim());
        fixture.cluster.produceScript = (_broker, _topic, _index, [value]) => {
          const next = left.shift() ?? 'append';
          return next === 18 && holds(value) ? 'append' : next;
        };
        fixture.send(12).pass(60_000);
        const acknowledged = fixture.outcomes.flatMap((outcome, at) => (outcome?.type === 'acknowledged' ? [`${at}`.padStart(4, '0')] : []));
        expect(fixture.values).toEqual([...new Set(fixture.values)].sort());
        expect(fixture.values).toEqual(expect.arrayContaining(acknowledged));
      }),
      { numRuns: 200 },
    );
  });

  test('begins with sequence 0 in each partition and counts records', () => {
    const fixture = new Fixture().send(3).pass(500);
    expect(fixture.identities).toEqual([0, 1, 2].map((sequence) => [1000, 0, sequence]));
  });

  test('keeps several requests in flight at first, and one where it sends again', () => {
    const fixture = new Fixture().send(1).pass(500).script(19).send(3).pass(50);
    expect(fixture.cluster.produces.length).toBe(4);
    fixture.pass(5000);
    expect(fixture.values).toEqual(numbered(4));
    const again = fixture.cluster.produces.slice(4).map(({ batches }) => batches[0]?.slice(9, 13));
    expect(again).toEqual(['0001', '0002', '0003']);
  });

  test('asks for an id again while brokers have none, and elsewhere', () => {
    const cluster = new FakeCluster(2);
    cluster.producerIdScript = (broker) => (broker === 1 ? 14 : 0);
    const fixture = new Fixture({}, cluster).send(2).pass(5000);
    expect(fixture.values).toEqual(numbered(2));
  });

  test('sends nothing more after an error that no retry cures', () => {
    const cluster = new FakeCluster(2);
    cluster.producerIdScript = () => 31;
    const fixture = new Fixture({}, cluster).send(1).pass(1000).send(1).pass(100);
    expect(fixture.outcomes).toEqual([0, 1].map(() => ({ type: 'failed', partition: 0, error: 31, certainty: 'definite' })));
    expect(cluster.produces.length).toBe(0);
  });

  test('begins a new epoch, from sequence 0, when a broker has lost what it had acknowledged', () => {
    const fixture = new Fixture().send(4).pass(500);
    fixture.partition.truncateTo(2);
    const entry = [...fixture.partition.producers.values()][0];
    if (entry !== undefined) fixture.partition.producers.set(1000, { ...entry, batches: entry.batches.filter((batch) => batch.lastOffset < 2) });
    fixture.send(3).pass(5000);
    expect(fixture.values).toEqual(['0000', '0001', '0004', '0005', '0006']);
    expect(fixture.identities.slice(2)).toEqual([0, 1, 2].map((sequence) => [1000, 1, sequence]));
  });

  test('begins a new epoch for what is behind a record that is given up without a known fate', () => {
    const fixture = new Fixture({ deliveryTimeoutMs: 3000 }).send(1).pass(500);
    const scripts = Array.from({ length: 20 }, (): ProduceScript => 'silent');
    fixture
      .script(...scripts)
      .send(1)
      .pass(2600)
      .send(3)
      .pass(410);
    expect(fixture.outcomes[1]).toMatchObject({ type: 'failed', certainty: 'indeterminate' });
    fixture.script().pass(3000).send(2).pass(3000);
    expect(fixture.values).toEqual(['0000', '0002', '0003', '0004', '0005', '0006']);
    expect(fixture.identities[1]).toEqual([1000, 1, 0]);
  });

  test('gets a new id when its epochs are used up', () => {
    const cluster = new FakeCluster(2);
    cluster.firstEpoch = 0x7fff;
    const fixture = new Fixture({}, cluster).send(2).pass(500);
    cluster.firstEpoch = 0;
    fixture.script(87).send(1).pass(100).send(2).pass(3000);
    expect(fixture.values).toEqual(['0000', '0001', '0003', '0004']);
    expect(fixture.identities.slice(2)).toEqual([0, 1].map((sequence) => [1001, 0, sequence]));
  });

  test('numbers the halves of a batch that was too large as it had numbered the whole', () => {
    const fixture = new Fixture({ batchSize: 10_000, lingerMs: 20 }).send(1).pass(500);
    fixture.cluster.produceScript = (_, __, ___, values) => (values.length > 2 ? 10 : 'append');
    fixture.send(7).pass(5000);
    expect(fixture.values).toEqual(numbered(8));
    expect(new Set(fixture.identities.map(([, epoch]) => epoch))).toEqual(new Set([0]));
  });
});

describe('a wrong decision of an idempotent producer is seen:', () => {
  const { idempotence } = kafkaClientRules;
  const outcome = (decide: typeof idempotence.afterProduce, scripts: readonly ProduceScript[]) => {
    const fixture = new Fixture({}, new FakeCluster(2), { ...kafkaClientRules, idempotence: { ...idempotence, afterProduce: decide } });
    fixture
      .send(1)
      .pass(500)
      .script(...scripts)
      .send(5)
      .pass(20_000);
    return fixture.values;
  };
  const lost: readonly ProduceScript[] = [19, 'append', 'append', 'append-silently'];
  test('none, as a base', () => expect(outcome(idempotence.afterProduce, lost)).toEqual(numbered(6)));
  test('a new epoch at every retry writes twice', () => {
    const silent: readonly ProduceScript[] = ['append-silently', 'append-silently'];
    const values = outcome((attempt, standing, certainty) => {
      const decision = idempotence.afterProduce(attempt, standing, certainty);
      return decision.type === 'retry' ? { type: 'retry', bumpEpoch: true } : decision;
    }, silent);
    expect(values).not.toEqual(numbered(6));
  });
  test('giving up at a sequence that is out of order loses what was only late', () => {
    const values = outcome(
      (attempt, standing, certainty) =>
        attempt.error === 45
          ? { type: 'failed', certainty: 'definite', consequence: 'unresolved' }
          : idempotence.afterProduce(attempt, standing, certainty),
      lost,
    );
    expect(values).not.toEqual(numbered(6));
  });
});

describe('enable.idempotence', () => {
  const bootstrapServers = [{ host: 'b1', port: 9092 }];
  const idempotent = (given: Partial<ProducerConfig>) => {
    const config = producerConfig({ bootstrapServers, ...given });
    return config.ok ? config.value.enableIdempotence : config.error;
  };
  test('is on where the other settings allow it, and off without a word where they do not', () => {
    expect(idempotent({})).toBe(true);
    expect(idempotent({ acks: -1, maxInFlightRequestsPerConnection: 1 })).toBe(true);
    for (const given of [{ acks: 1 }, { acks: 0 }, { retries: 0 }, { maxInFlightRequestsPerConnection: 6 }] as const)
      expect(idempotent(given)).toBe(false);
    expect(idempotent({ enableIdempotence: false })).toBe(false);
  });
  test('names the setting that stands in the way when it was asked for', () => {
    const asked = { enableIdempotence: true };
    expect(idempotent({ ...asked, acks: 1 })).toBe('acks is 1: an idempotent producer needs all, or set enable.idempotence to false');
    expect(idempotent({ ...asked, retries: 0 })).toContain('retries is 0');
    expect(idempotent({ ...asked, maxInFlightRequestsPerConnection: 6 })).toContain('max.in.flight.requests.per.connection is 6');
  });
});
