/** Kafka's keys: defaults as in its own tables, errors that name key, value and remedy. */
import { describe, expect, test } from 'vitest';
import { brokerConfig, brokerKnobs, parseBrokerConfig } from '../../../src/kafka/config/broker-config.ts';
import { controllerKnobs, parseControllerConfig } from '../../../src/kafka/config/controller-config.ts';
import { parseControllers, parseListeners, printControllers, printListeners } from '../../../src/kafka/config/endpoint.ts';
import { type AnyKnob, describeConfigError, noLimit, propertyOf } from '../../../src/kafka/config/knob.ts';
import { parseProperties } from '../../../src/kafka/config/properties.ts';
import { effectiveTopicConfig, topicConfig, topicConfigProblem, topicDefaults, topicKnobs } from '../../../src/kafka/config/topic-config.ts';
import { brokerId } from '../../../src/model/brand.ts';

const minimal: readonly (readonly [string, string])[] = [
  ['node.id', '1'],
  ['listeners', 'PLAINTEXT://localhost:9092'],
  ['controller.quorum.voters', '1000@controller:9093'],
];
const parse = (...more: readonly (readonly [string, string])[]) => parseBrokerConfig(new Map([...minimal, ...more]), 'c');
const lists: readonly (readonly [string, readonly AnyKnob[]])[] = [
  ['broker', brokerKnobs],
  ['controller', controllerKnobs],
  ['topic', topicKnobs],
];

describe.each(lists)('every key of the %s', (_, knobs) => {
  test('is declared once, with documentation', () => {
    expect(new Set(knobs.map((knob) => knob.key)).size).toBe(knobs.length);
    for (const knob of knobs) expect(knob.doc, knob.key).toMatch(/\.$/);
  });
  test('ends on its unit where the key has one', () => {
    for (const knob of knobs) {
      const unit = /\.(ms|bytes|seconds)$/.exec(knob.key)?.[1];
      if (unit !== undefined) expect(knob.unit, knob.key).toBe(unit);
    }
  });
  test('reads back what it prints', () => {
    for (const knob of knobs) {
      if (knob.default === undefined) continue;
      expect(knob.parse(knob.print(knob.default)), knob.key).toEqual({ ok: true, value: knob.default });
    }
  });
});

describe('a broker’s configuration', () => {
  test('has Kafka’s defaults', () => {
    const parsed = parse();
    if (!parsed.ok) throw new Error('refused');
    const { config } = parsed.value;
    expect(config.replicaLagTimeMaxMs).toBe(30_000);
    expect(config.brokerHeartbeatIntervalMs).toBe(2000);
    expect(config.fetchMaxBytes).toBe(57_671_680);
    expect(config.topicDefaults.maxMessageBytes).toBe(1_048_588);
    expect(config.topicDefaults.minInsyncReplicas).toBe(1);
    expect(config.controllerQuorumBootstrapServers).toEqual([{ id: 1000, host: 'controller', port: 9093 }]);
  });

  test.each([
    ['replica.lag.time.max.ms', 'soon', /Invalid value "soon" for replica\.lag\.time\.max\.ms: use a whole number of ms, >= 1/],
    ['replica.lag.time.max.ms', '0', />= 1/],
    ['auto.create.topics.enable', 'yes', /use true or false/],
    ['listeners', 'localhost:9092', /NAME:\/\/host:port/],
    ['controller.quorum.voters', 'controller', /id@host:port/],
    ['log.cleanup.policy', 'shred', /compact, delete/],
    ['log.roll.hours', '-3', /log\.roll\.hours/],
    ['node.id', '-1', /0 to 2147483647/],
  ])('refuses %s=%s and says what to do', (key, value, message) => {
    const parsed = parse([key, value]);
    if (parsed.ok) throw new Error('accepted');
    expect(parsed.error.map((error) => error.key)).toEqual([key]);
    expect(parsed.error.map(describeConfigError).join()).toMatch(message);
  });
  test('names every mistake at once, and what is missing', () => {
    const parsed = parseBrokerConfig(new Map([['num.partitions', 'x']]), 'c');
    if (parsed.ok) throw new Error('accepted');
    expect(parsed.error.map((error) => error.key)).toEqual(['num.partitions', 'node.id', 'controller.quorum.voters']);
    expect(describeConfigError(parsed.error[1] ?? { key: '', value: undefined, remedy: '' })).toMatch(/^Missing node\.id: /);
  });
  test('names keys that mean nothing here', () => {
    const parsed = parse(['num.io.threads', '8'], ['min.insync.replicas', '2']);
    if (!parsed.ok) throw new Error('refused');
    expect(parsed.value.ignored).toEqual(['num.io.threads']);
    expect(parsed.value.config.topicDefaults.minInsyncReplicas).toBe(2);
    expect(parsed.value.config.stated.has('min.insync.replicas')).toBe(true);
  });
  test('made in code has the same defaults', () => {
    const made = brokerConfig({ nodeId: brokerId(1), clusterId: 'c', listeners: [], controllerQuorumBootstrapServers: [] });
    const values: Readonly<Record<string, unknown>> = { ...made };
    for (const knob of brokerKnobs) expect(values[propertyOf(knob.key)], knob.key).toBe(knob.default);
  });
  test('of a controller refuses what is wrong', () => {
    expect(
      parseControllerConfig(
        new Map([
          ['node.id', '1000'],
          ['broker.session.timeout.ms', '9s'],
        ]),
        'c',
      ).ok,
    ).toBe(false);
    const parsed = parseControllerConfig(
      new Map([
        ['node.id', '1000'],
        ['listeners', 'CONTROLLER://c:1'],
      ]),
      'c',
    );
    expect(parsed.ok && parsed.value.listener).toEqual({ name: 'CONTROLLER', host: 'c', port: 1 });
  });
});

describe('a topic’s configuration', () => {
  test('is its overrides over the broker’s defaults over Kafka’s', () => {
    const defaults = topicDefaults(
      new Map([
        ['log.roll.hours', '2'],
        ['min.insync.replicas', '2'],
      ]),
      [],
    );
    const effective = effectiveTopicConfig(new Map([['min.insync.replicas', '3']]), defaults);
    expect([effective.segmentMs, effective.minInsyncReplicas, effective.segmentBytes]).toEqual([7_200_000, 3, 1_073_741_824]);
  });
  test('takes the first synonym that is set', () => {
    expect(
      topicDefaults(
        new Map([
          ['log.roll.hours', '2'],
          ['log.roll.ms', '5'],
        ]),
        [],
      ).segmentMs,
    ).toBe(5);
  });
  test('says what is wrong with an override', () => {
    expect(topicConfigProblem('min.insync.replicas', '0')).toMatch(/min\.insync\.replicas.*>= 1/);
    expect(topicConfigProblem('min.insync.replica', '1')).toMatch(/Unknown topic config name: min\.insync\.replica/);
    expect(topicConfigProblem('cleanup.policy', 'delete,compact')).toBeUndefined();
  });
  test('knows no limit where Kafka writes Long.MAX_VALUE', () => {
    const flush = (topicKnobs as readonly AnyKnob[]).find((knob) => knob.key === 'flush.messages');
    expect(flush?.parse('9223372036854775807')).toEqual({ ok: true, value: noLimit });
    expect(flush?.print(noLimit)).toBe('9223372036854775807');
    expect(topicConfig().flushMessages).toBe(noLimit);
  });
});

describe('texts', () => {
  test('of listeners and controllers read back as printed', () => {
    for (const text of ['PLAINTEXT://a:1,SSL://:0']) {
      const parsed = parseListeners(text);
      expect(parsed.ok && printListeners(parsed.value)).toBe(text);
    }
    for (const text of ['1@a:1,2@b:2', 'a:1']) {
      const parsed = parseControllers(text);
      expect(parsed.ok && printControllers(parsed.value)).toBe(text);
    }
    for (const text of ['', 'PLAINTEXT://a:65536', 'a', '1@:2']) expect(parseListeners(text).ok || parseControllers(text).ok, text).toBe(false);
  });
  test('of properties files have comments, continued lines and both separators', () => {
    const text = '# c\n! c\n a = 1 \nb:2\nc 3\nlog.dirs=/x,\\\n   /y\nd=\n';
    expect([...parseProperties(text)]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['log.dirs', '/x,/y'],
      ['d', ''],
    ]);
  });
});
