/** Scenarios as data: they survive being written and read, problems are named with their place, a seed is one scenario. */
import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { assignorNames } from '../../../src/kafka/client/group/assignor/assignment.ts';
import { diskFaultKinds, faultKinds, isClientTarget } from '../../../src/simulation/nemesis/fault.ts';
import { type ProfileName, profileNames } from '../../../src/simulation/profile-name.ts';
import { faultList, spaceLossyCrashes } from '../../../src/simulation/scenario/arbitrary/faults.ts';
import { profiles } from '../../../src/simulation/scenario/arbitrary/profile.ts';
import { scenarioArbitrary, scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { parseScenario, readScenario } from '../../../src/simulation/scenario/parse.ts';
import { printScenario } from '../../../src/simulation/scenario/print.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';
import type { Scenario } from '../../../src/simulation/scenario.ts';
import { commitModes } from '../../../src/simulation/workload/plan.ts';

const good = `version: 1
seed: 7
cluster:
  brokers: 3
  config: { broker.session.timeout.ms: 3000 }
  topics: [{ name: orders, partitions: 2, replicationFactor: 3, config: { min.insync.replicas: 2 } }]
workload:
  seconds: 20
  producers: [{ id: producer-1, topic: orders, acks: all }]
  consumers: [{ id: consumer-1, topic: orders }]
  groups: [{ id: group-1, topics: [orders], members: 2 }]
faults:
  - { kind: crash, at: 1000, target: 'leader(orders-0)' }
  - { kind: pause, on: "leader(orders-1) appended, not yet replicated", nth: 3, after: 500, target: controller, durationMs: 10 }
`;

const problems = (text: string): readonly string[] => {
  const result = parseScenario(text);
  return result.ok ? [] : result.error;
};

describe('a scenario', () => {
  property.prop([scenarioArbitrary])('reads back as it was written', (scenario) => {
    const read = parseScenario(printScenario(scenario));
    expect(read).toEqual({ ok: true, value: scenario });
  });
  test('takes its defaults where a field is left out', () => {
    const read = parseScenario(good);
    expect(read.ok && read.value.workload.producers[0]).toMatchObject({ acks: -1, ratePerSecond: 10, idempotence: false });
    expect(read.ok && read.value.faults[0]).toMatchObject({ powerLoss: true, downMs: 5000, trigger: { type: 'time', atMs: 1000 } });
    expect(read.ok && read.value.expect.faults).toBe('all');
  });
  test.each([
    ['leader(orders-0)', 'broker(9)', 'faults[0].target: unknown broker(9); this cluster has brokers 1 to 3'],
    ['leader(orders-0)', 'leader(orders-5)', 'faults[0].target: unknown partition orders-5; there are orders-0 to orders-1'],
    ['leader(orders-0)', 'follower(orders-0, 2)', 'faults[0].target: follower(orders-0, 2): orders-0 has 2 followers, counted from 0'],
    ['leader(orders-0)', 'boss', 'faults[0].target: cannot read "boss"'],
    ['leader(orders-0)', 'coordinator(g)', 'faults[0].target: coordinator(g): unknown group "g"; the groups are group-1'],
    ['leader(orders-0)', 'member(group-1, 2)', 'faults[0].target: member(group-1, 2): group-1 has 2 members, counted from 0'],
    ['leader(orders-0)', 'member(group-1, first)', 'faults[0].target: cannot read "member(group-1, first)"'],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: move-leader, at: 1, target: broker(1)',
      'faults[0].target: move-leader needs to know',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: move-replica, at: 1, target: broker(1)',
      'faults[0].target: move-replica needs to know what to move',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: move-replica, at: 1, target: leader(orders-0)',
      'faults[0].kind: move-replica moves to another log directory, and brokers here have one',
    ],
    ["kind: crash, at: 1000, target: 'leader(orders-0)'", 'kind: add-partitions, at: 1, topic: order', 'faults[0].topic: unknown topic "order"'],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: add-partitions, at: 1, topic: orders, target: broker(1)',
      'faults[0].target: add-partitions asks the controller, not broker(1)',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: slow-handler, at: 1, target: client(producer-1), durationMs: 1, perPollMs: 1',
      'faults[0].target: slow-handler strikes members of groups; client(producer-1) is none',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: slow-handler, at: 1, target: client(group-1-1), durationMs: 1',
      'faults[0].perPollMs: must be a whole number',
    ],
    ["kind: crash, at: 1000, target: 'leader(orders-0)'", 'kind: partition, at: 1, target: "member(group-1)", durationMs: 1', 'Use client-cut'],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: slow-disk, at: 1, target: client(group-1-1), durationMs: 1',
      'clients have no disks',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: slow-lane, at: 1, target: client(group-1-1), durationMs: 1, lane: requests, perStepMs: 1',
      'faults[0].target: slow-lane strikes brokers and controllers; a client has one lane, see slow-handler and pause',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: slow-lane, at: 1, target: controller, durationMs: 1, lane: fetcher-1, perStepMs: 1',
      'faults[0].lane: must be one of requests, network, raft, heartbeat, background, fetchers',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: slow-lane, at: 1, target: controller, durationMs: 1, lane: raft',
      'faults[0].perStepMs: must be a whole number',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: disk-full, at: 1, target: client(group-1-1), durationMs: 1',
      'disk-full strikes brokers and controllers; clients have no disks',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: bit-rot, at: 1, target: controller, durationMs: 1',
      'the metadata of a single controller has no other copy',
    ],
    [
      "kind: crash, at: 1000, target: 'leader(orders-0)'",
      'kind: disk-error, at: 1, target: controller, durationMs: 1, calls: fsync, nthCall: 0',
      'faults[0].calls: must be one of all, read, write, sync, names',
    ],
    ['members: 2', 'members: 2, sessionTimeoutMs: 3000', 'workload.groups[0].sessionTimeoutMs: brokers take no less than 6000; set group.min'],
    ['members: 2', 'members: 3, joinEveryMs: 10000', 'workload.groups[0].joinEveryMs: its last member would join after 20000 ms'],
    ['members: 2', 'members: 2, metadataMaxAgeMs: 0', 'workload.groups[0].metadataMaxAgeMs: must be a whole number from 1'],
    ['acks: all', 'acks: all, only: 3-1', 'workload.producers[0].only: 3-1 goes backwards'],
    ['acks: all', 'acks: all, only: "1, 1"', 'workload.producers[0].only: 1 comes after 1; write them ascending, each once'],
    ['acks: all', 'acks: all, only: some', 'workload.producers[0].only: cannot read "some"; write numbers and ranges such as 3-5, 9'],
    ['acks: all', 'acks: all, only: [1]', 'workload.producers[0].only: must be numbers and ranges such as 3-5, 9, not a list'],
    ['members: 2', 'members: 2, only: "0, 3"', 'workload.groups[0].only: there is no member 0, 3; they are counted from 1 to 2'],
    [
      "target: 'leader(orders-0)'",
      'target: client(group-1-1) }\n  - { kind: reset, at: 1, target: client(group-1-3)',
      'faults[1].target: unknown client(group-1-3)',
    ],
    ['at: 1000', 'at: 1000.0005', 'faults[0].at: 1000.0005 has more than three decimals'],
    ['kind: crash', 'kind: flood', 'faults[0].kind: must be one of crash, stop, pause'],
    ['at: 1000', 'at: 20000', 'faults[0].at: 20000 is past the end of the workload at 20000'],
    ['at: 1000,', '', 'faults[0]: needs either "at"'],
    ['at: 1000,', 'at: 1000, nth: 2,', 'faults[0].nth: goes with "on"'],
    ['at: 1000,', 'at: 1000, durationMs: 2,', 'faults[0].durationMs: is no field here'],
    [' appended, not', ' eaten, not', 'faults[1].on: there is no event "eaten"; the events are appended'],
    [' appended, not', ' fenced, not', 'faults[1].on: "not yet replicated" goes with appended'],
    ['durationMs: 10', 'durationMs: -1', 'faults[1].durationMs: must be a whole number from 0'],
    [
      'version: 1',
      'version: 2',
      'version: it is written in version 2 of the format, and this program reads version 1: play it with a newer faultline',
    ],
    ['version: 1', 'version: 0', 'this program reads version 1: play it with the faultline that wrote it'],
    ['version: 1', '', 'version: says in which version of the format this is written; write "version: 1"'],
    ['version: 1', 'version: one', 'write "version: 1"'],
    ['seed: 7', 'seed: x', 'seed: must be a whole number from 0 to 9007199254740991, not "x"'],
    ['replicationFactor: 3', 'replicationFactor: 4', 'cluster.topics[0].replicationFactor: 4 replicas need as many brokers'],
    ['topic: orders, acks: all', 'topic: order, acks: all', 'workload.producers[0].topic: unknown topic "order"; the topics are orders'],
    ['acks: all', 'acks: 2', 'workload.producers[0].acks: must be one of all, -1, 0, 1, not 2'],
    ['id: consumer-1', 'id: producer-1', 'workload.consumers[0].id: there are two clients "producer-1"'],
    ['id: consumer-1', 'id: broker-1', 'workload.consumers[0].id: "broker-1" is the name of a machine'],
    ['session.timeout.ms: 3000', 'session.timeout: 3000', 'cluster.config.broker.session.timeout: is none of the broker or controller settings'],
    ['session.timeout.ms: 3000', 'session.timeout.ms: soon', 'cluster.config: broker.session.timeout.ms: use a whole number of ms'],
    ['min.insync.replicas: 2', 'min.insync: 2', 'cluster.topics[0].config.min.insync: '],
    ['acks: all', 'acks: all, deliveryTimeoutMs: 100', 'workload.producers[0].deliveryTimeoutMs: 100 is less than lingerMs + requestTimeoutMs, 3005'],
    ['acks: all', 'acks: 1, idempotence: true', 'workload.producers[0].acks: 1 is too little for an idempotent producer: it needs all'],
    ['acks: all', 'maxInFlight: 6, idempotence: true', 'workload.producers[0].maxInFlight: 6 is too many for an idempotent producer'],
    ['acks: all', 'idempotence: perhaps', 'workload.producers[0].idempotence: must be one of true, false'],
    ['seconds: 20', 'second: 20', 'workload.second: is no field here'],
  ])('with %s made %s is refused with its place', (from, to, problem) => {
    expect(good).toContain(from);
    expect(problems(good.replace(from, to)).join('\n')).toContain(problem);
  });
  property.prop([scenarioArbitrary, fc.uniqueArray(fc.nat(999_999), { minLength: 1 }).map((numbers) => numbers.sort((a, b) => a - b)), fc.nat()])(
    'keeps which records and members there are, and times to the microsecond',
    (scenario, numbers, drawnUs) => {
      const { producers, groups = [], seconds } = scenario.workload;
      const atUs = drawnUs % (seconds * 1_000_000);
      const changed: Scenario = {
        ...scenario,
        workload: {
          ...scenario.workload,
          producers: producers.map((producer) => ({ ...producer, only: numbers })),
          ...(groups.length > 0 ? { groups: groups.map((group) => ({ ...group, only: [group.members] })) } : {}),
        },
        faults: [{ kind: 'reset', trigger: { type: 'time', atMs: atUs / 1000 }, target: { type: 'controller' }, peers: [] }],
      };
      expect(parseScenario(printScenario(changed))).toEqual({ ok: true, value: changed });
    },
  );
  test('writes the numbers of records in a row as a range', () => {
    const text = good.replace('acks: all', 'acks: all, only: "2-4,7"');
    const read = parseScenario(text);
    expect(read.ok && read.value.workload.producers[0]?.only).toEqual([2, 3, 4, 7]);
    expect(read.ok && printScenario(read.value)).toContain('only: 2-4, 7\n');
  });
  test('names all its problems at once', () => {
    expect(problems(good.replace('seed: 7', 'seed: x').replace('seconds: 20', 'seconds: x'))).toHaveLength(2);
  });
  test('that stands for itself or for nothing is refused with its line', () => {
    expect(problems(`${good}description: *nobody\n`)).toEqual(['*nobody at line 15: write out what it stands for']);
    expect(problems(good.replace('topics: [', 'topics: &all [*all, '))).toEqual(['*all at line 6: write out what it stands for']);
  });
  test('that is no YAML is refused without a stack trace', () => {
    expect(problems('a: [')).not.toEqual([]);
  });
});

describe('a scenario that was damaged', () => {
  /** A piece of text cut out, put twice, exchanged with something that YAML or the reader may stumble over. */
  const damage = fc.record({
    at: fc.nat(),
    length: fc.integer({ min: 0, max: 40 }),
    put: fc.oneof(
      fc.constantFrom(
        '',
        '\n',
        '  ',
        '- ',
        ': ',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '&a ',
        '*a',
        '!!js ',
        '!!map',
        '|',
        '>',
        '#',
        '\t',
        '---\n',
        '...',
        '<<: ',
        '? ',
      ),
      fc.constantFrom(
        'null',
        '~',
        'true',
        '.nan',
        '-.inf',
        '1e999',
        '-1',
        '9007199254740993',
        '0x1f',
        '2026-01-01',
        'leader(',
        '__proto__',
        'é€😀',
        '\u0000',
      ),
      fc.string({ maxLength: 12 }),
    ),
  });
  const spoil = (text: string, damages: readonly { at: number; length: number; put: string }[]): string =>
    damages.reduce((now, { at, length, put }) => {
      const from = at % (now.length + 1);
      return now.slice(0, from) + put + now.slice(from + length);
    }, text);
  property.prop([scenarioArbitrary, fc.array(damage, { minLength: 1, maxLength: 4 })], { numRuns: 200 })(
    'is read or refused with reasons, never thrown out; what was read reads back the same',
    (scenario, damages) => {
      const read = parseScenario(spoil(printScenario(scenario), damages));
      if (read.ok) expect(parseScenario(printScenario(read.value))).toEqual(read);
      else {
        expect(read.error.length).toBeGreaterThan(0);
        for (const problem of read.error)
          expect(problem).toMatch(
            /^(faults|cluster|workload|expect)\b|^(version|seed|description): | at line \d+|is no field here|must be a map of fields/,
          );
      }
    },
  );
  // A field of a valid scenario, by its path of keys and indexes, becomes something else: the place is named.
  const strange = fc.oneof(
    fc.constantFrom<unknown>(null, '', -1, 1.5, true, 'x', Number.NaN, [], [[]], new Map(), new Map([['a', 1]])),
    fc.integer(),
    fc.string(),
  );
  property.prop([scenarioArbitrary, fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), strange], { numRuns: 200 })(
    'names the field that was exchanged, or one that depends on it',
    (scenario, path, value) => {
      const root: unknown = parseDocument(printScenario(scenario)).toJS({ mapAsMap: true });
      const place = exchange(root, path, value);
      const read = readScenario(root);
      if (read.ok) expect(parseScenario(printScenario(read.value))).toEqual(read);
      else if (place.length > 1) expect(read.error.some((problem) => problem.startsWith(place[0] ?? '') || dependents.test(problem))).toBe(true);
    },
  );
  /** Topics and clients are named by others. */
  const dependents = /^(workload|faults|cluster|expect)/;
});

/** Walks down a document by numbers and puts the value where they end; answers the keys it went by. */
function exchange(node: unknown, path: readonly number[], value: unknown): readonly string[] {
  const keys = node instanceof Map ? [...node.keys()] : Array.isArray(node) ? [...node.keys()] : [];
  const key: unknown = keys[(path[0] ?? 0) % Math.max(1, keys.length)];
  if (key === undefined) return [];
  const below: unknown = node instanceof Map ? node.get(key) : Array.isArray(node) ? node[Number(key)] : undefined;
  const rest = path.slice(1);
  if (rest.length > 0 && (below instanceof Map || Array.isArray(below))) {
    const place = exchange(below, rest, value);
    if (place.length > 0) return [String(key), ...place];
  }
  if (node instanceof Map) node.set(key, value);
  else if (Array.isArray(node)) node[Number(key)] = value;
  return [String(key)];
}

describe('a swarm', () => {
  test('has one scenario a seed, whatever was drawn before', () => {
    const first = scenarioOfSeed(seedOf('x', 3));
    for (let index = 0; index < 3; index++) scenarioOfSeed(seedOf('y', index));
    expect(scenarioOfSeed(seedOf('x', 3))).toEqual(first);
    expect(scenarioOfSeed(seedOf('x', 4))).not.toEqual(first);
  });
  test('draws different seeds from different bases and places', () => {
    const seeds = new Set(['1', '2', 'abc'].flatMap((base) => Array.from({ length: 1000 }, (_, index) => seedOf(base, index))));
    expect(seeds.size).toBe(3000);
    for (const seed of seeds) expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
  });
  test('has every kind of fault in a good share of its scenarios, by the clock and at events', () => {
    const scenarios = Array.from({ length: 400 }, (_, index) => scenarioOfSeed(seedOf('share', index)));
    for (const kind of faultKinds)
      expect(scenarios.filter(({ faults }) => faults.some((fault) => fault.kind === kind)).length, kind).toBeGreaterThanOrEqual(
        kind === 'move-replica' || diskFaultKinds.some((each) => each === kind) ? 5 : 20,
      );
    for (const type of ['time', 'event'])
      expect(scenarios.filter(({ faults }) => faults.some(({ trigger }) => trigger.type === type)).length, type).toBeGreaterThan(300);
  });
  property.prop([fc.noBias(scenarioArbitrary)])('keeps lossy crashes apart once they are spaced', ({ faults }) => {
    const lossy = spaceLossyCrashes(faults).flatMap((fault) =>
      fault.kind === 'crash' && fault.powerLoss && !isClientTarget(fault.target) ? [fault] : [],
    );
    const times = lossy.map((fault) => (fault.trigger.type === 'time' ? fault.trigger.atMs : fault.trigger.afterMs)).sort((a, b) => a - b);
    for (let index = 1; index < times.length; index++) expect((times[index] ?? 0) - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(12_000);
  });
});

describe('a family of scenarios', () => {
  const drawn = (name: ProfileName) => Array.from({ length: 60 }, (_, index) => scenarioOfSeed(seedOf('family', index), name));
  test.each(profileNames)('%s has a fault of its own in nearly each, and groups and idempotent producers in its share', (name) => {
    const { kinds, groups, idempotent } = profiles[name];
    const scenarios = drawn(name);
    for (const { faults } of scenarios) expect(faults.length).toBeGreaterThanOrEqual(1);
    const own = scenarios.filter(({ faults }) => faults.some(({ kind }) => kinds.includes(kind)));
    expect(own.length).toBeGreaterThan(50);
    const grouped = scenarios.filter(({ workload }) => workload.groups !== undefined).length / scenarios.length;
    expect(Math.abs(grouped - 1 + groups[0] / (groups[0] + groups[1] + groups[2]))).toBeLessThan(0.2);
    const first = scenarios.filter(({ workload }) => workload.producers[0]?.idempotence === true).length / scenarios.length;
    expect(Math.abs(first - idempotent / 100)).toBeLessThan(0.2);
  });
  test.each(profileNames)('%s can be played whole: every fault may strike and every member joins while there is work', (name) => {
    for (const scenario of drawn(name)) {
      expect(parseScenario(printScenario(scenario))).toEqual({ ok: true, value: scenario });
      const { seconds, groups = [] } = scenario.workload;
      for (const { trigger } of scenario.faults)
        expect(trigger.type === 'time' ? trigger.atMs : trigger.afterMs).toBeLessThanOrEqual((seconds * 5000) / 6);
      for (const { joinEveryMs = 0, members } of groups) expect(joinEveryMs * (members - 1)).toBeLessThan(seconds * 500);
    }
  });

  /** What a family draws for its scenarios if each had this many stories. */
  const withStories = (name: ProfileName, count: number) =>
    drawn(name).map(({ cluster, workload }, index) => {
      const counts = Array.from({ length: count + 1 }, (_, each) => (each === count ? 1 : 0));
      const profile = { ...profiles[name], bites: { ...profiles[name].bites, counts } };
      const [faults = []] = fc.sample(fc.noBias(faultList(cluster, workload, profile)), { seed: index, numRuns: 1 });
      return { faults, due: Math.floor(workload.seconds / 15), timed: faults.filter(({ trigger }) => trigger.type === 'time').length };
    });
  test.each(profileNames)('%s has a fault by the clock for each 15 s, and at most one for each 7.5 s, where it has no story', (name) => {
    const lists = withStories(name, 0);
    for (const { due, timed, faults } of lists) {
      expect(timed).toBeGreaterThanOrEqual(due);
      expect(timed).toBeLessThanOrEqual(2 * due);
      expect(faults.length - timed).toBeLessThanOrEqual(3);
    }
    expect(Math.max(...lists.map(({ faults }) => faults.length))).toBeGreaterThan(4);
  });
  test.each(profileNames)('%s has beside a story no more than one fault by the clock for each 15 s and one at an event', (name) => {
    // No story is of more than four faults.
    for (const { due, faults } of withStories(name, 1)) {
      expect(faults.length).toBeGreaterThanOrEqual(1);
      expect(faults.length).toBeLessThanOrEqual(due + 1 + 4);
    }
  });
  test('with groups draws every assignor, commit mode and way to strike a member or a coordinator', () => {
    const scenarios = drawn('rebalance');
    const groups = scenarios.flatMap(({ workload }) => workload.groups ?? []);
    expect(new Set(groups.map(({ assignor }) => assignor))).toEqual(new Set(assignorNames));
    expect(new Set(groups.map(({ commit }) => commit))).toEqual(new Set(commitModes));
    expect(new Set(groups.map(({ members }) => members))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(new Set(groups.map(({ staticMembers }) => staticMembers))).toEqual(new Set([true, false]));
    const struck = new Set(scenarios.flatMap(({ faults }) => faults.map(({ kind, target }) => `${kind} ${target.type}`)));
    for (const each of [
      'crash member',
      'crash client',
      'crash coordinator',
      'stop member',
      'pause client',
      'pause coordinator',
      'move-leader coordinator',
    ])
      expect(struck).toContain(each);
    const apis = scenarios.flatMap(({ faults }) => faults.flatMap(({ trigger }) => (trigger.type === 'event' ? [trigger.apiKey] : [])));
    expect(new Set(apis).size).toBeGreaterThan(3);
  });
  test('is part of what the seeds of all families draw', () => {
    const scenarios = Array.from({ length: 60 }, (_, index) => scenarioOfSeed(seedOf('family', index)));
    const grouped = scenarios.filter(({ workload }) => workload.groups !== undefined).length;
    expect(grouped).toBeGreaterThan(15);
    expect(grouped).toBeLessThan(50);
  });
});
