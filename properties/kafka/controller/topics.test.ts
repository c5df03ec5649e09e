import { describe, expect, it } from 'vitest';
import { alterConfigs, incrementalAlterConfigs } from '../../../src/kafka/controller/config-requests.ts';
import { createTopics } from '../../../src/kafka/controller/create-topics.ts';
import { alterPartition } from '../../../src/kafka/controller/partition-requests.ts';
import { alterPartitionReassignments, listPartitionReassignments } from '../../../src/kafka/controller/reassignment-requests.ts';
import { createPartitions, deleteTopics } from '../../../src/kafka/controller/topic-requests.ts';
import { ErrorCode, errorName } from '../../../src/model/error-code.ts';
import { zeroUuid } from '../../../src/model/uuid.ts';
import { assigned, Driver, topicRequest } from './driver.ts';

function cluster(...brokers: readonly number[]): Driver {
  const driver = new Driver();
  for (const id of brokers) driver.join(id);
  return driver;
}

const configs = (driver: Driver, resourceType: number, resourceName: string, ...changes: readonly (readonly [string, number, string | null])[]) => {
  const answer = driver.perform(
    incrementalAlterConfigs(driver.state, {
      validateOnly: false,
      resources: [{ resourceType, resourceName, configs: changes.map(([name, configOperation, value]) => ({ name, configOperation, value })) }],
    }),
  ).responses[0];
  return [errorName(answer?.errorCode ?? -2), answer?.errorMessage ?? null] as const;
};

describe('CreateTopics', () => {
  const refusals: readonly (readonly [string, ReturnType<typeof topicRequest>, keyof typeof ErrorCode, string])[] = [
    ['an empty name', topicRequest(''), 'INVALID_TOPIC_EXCEPTION', 'the empty string is not allowed'],
    ['the name ..', topicRequest('..'), 'INVALID_TOPIC_EXCEPTION', "'..' is not allowed"],
    ['a name of 250 characters', topicRequest('x'.repeat(250)), 'INVALID_TOPIC_EXCEPTION', 'longer than the max allowed length 249'],
    ['a name with a slash', topicRequest('a/b'), 'INVALID_TOPIC_EXCEPTION', "'a/b' contains one or more characters other than"],
    ['the name of the metadata log', topicRequest('__cluster_metadata'), 'TOPIC_AUTHORIZATION_FAILED', '__cluster_metadata'],
    ['a name that is taken', topicRequest('there.is'), 'TOPIC_ALREADY_EXISTS', "Topic 'there.is' already exists."],
    ['a name that metrics cannot tell from another', topicRequest('there_is'), 'INVALID_TOPIC_EXCEPTION', 'collides with existing topic: there.is'],
    ['no partitions', topicRequest('t', { numPartitions: 0 }), 'INVALID_PARTITIONS', 'non-positive'],
    ['no replicas', topicRequest('t', { replicationFactor: 0 }), 'INVALID_REPLICATION_FACTOR', 'must be larger than 0'],
    ['more replicas than brokers', topicRequest('t', { replicationFactor: 4 }), 'INVALID_REPLICATION_FACTOR', 'only 3 broker(s) are registered'],
    ['an unknown config', topicRequest('t', { configs: [{ name: 'nonsense', value: '1' }] }), 'INVALID_CONFIG', 'nonsense'],
    ['a wrong config value', topicRequest('t', { configs: [{ name: 'flush.ms', value: 'soon' }] }), 'INVALID_CONFIG', 'flush.ms'],
    [
      'a config without a value',
      topicRequest('t', { configs: [{ name: 'flush.ms', value: null }] }),
      'INVALID_CONFIG',
      'Null value not supported for topic configs: flush.ms',
    ],
    ['an assignment and a number', { ...assigned('t', [[1]]), numPartitions: 1 }, 'INVALID_REQUEST', 'numPartitions was not set to -1'],
    ['an assignment and a factor', { ...assigned('t', [[1]]), replicationFactor: 1 }, 'INVALID_REQUEST', 'replication factor was not set to -1'],
    ['an empty assignment', assigned('t', [[]]), 'INVALID_REPLICA_ASSIGNMENT', 'empty replica list'],
    ['an assignment to a stranger', assigned('t', [[1, 9]]), 'INVALID_REPLICA_ASSIGNMENT', 'broker 9, but no such broker is registered'],
    ['an assignment that names a broker twice', assigned('t', [[1, 1]]), 'INVALID_REPLICA_ASSIGNMENT', 'broker 1 more than once'],
    ['assignments of two lengths', assigned('t', [[1], [1, 2]]), 'INVALID_REPLICA_ASSIGNMENT', 'not consistent with previous partitions'],
    [
      'a partition number left out',
      { ...assigned('t', []), assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      'consecutive 0-based',
    ],
  ];
  for (const [title, topic, code, message] of refusals)
    it(`refuses ${title}, says why, and creates nothing`, () => {
      const driver = cluster(1, 2, 3);
      driver.create(topicRequest('there.is'));
      const [answer] = driver.create(topic);
      expect(errorName(answer?.errorCode ?? -2)).toBe(code);
      expect(answer?.errorMessage).toContain(message);
      expect([...driver.state.image.topics.keys()]).toEqual(['there.is']);
    });

  it('makes the good topics of a request and refuses the bad ones', () => {
    const driver = cluster(1, 2, 3);
    const answers = driver.create(topicRequest('good'), topicRequest('bad', { replicationFactor: 9 }), topicRequest('other'));
    expect(answers.map((each) => errorName(each.errorCode))).toEqual(['NONE', 'INVALID_REPLICATION_FACTOR', 'NONE']);
    expect([...driver.state.image.topics.keys()]).toEqual(['good', 'other']);
  });

  it('refuses a name that comes twice in one request', () => {
    const driver = cluster(1, 2, 3);
    expect(driver.create(topicRequest('twice'), topicRequest('twice')).map((each) => errorName(each.errorCode))).toEqual(['INVALID_REQUEST']);
    expect(driver.state.image.topics.size).toBe(0);
  });

  it('uses the defaults of the cluster for -1, and tells every config in force', () => {
    const driver = cluster(1, 2, 3);
    const [answer] = driver.create(topicRequest('t', { numPartitions: -1, replicationFactor: -1, configs: [{ name: 'flush.ms', value: '7' }] }));
    expect([answer?.numPartitions, answer?.replicationFactor]).toEqual([1, 1]);
    expect(answer?.configs?.find((each) => each.name === 'flush.ms')).toMatchObject({ value: '7', configSource: 1 });
    expect(answer?.configs?.find((each) => each.name === 'segment.bytes')).toMatchObject({ value: '1073741824', configSource: 5 });
    expect(driver.state.image.topicConfig('t').get('flush.ms')).toBe('7');
  });

  it('leaves fenced replicas out of the ISR, and refuses partitions that nobody could lead', () => {
    const driver = cluster(1, 2);
    driver.join(3, { fenced: true });
    driver.create(assigned('t', [[3, 1]]));
    expect(driver.partition('t')).toMatchObject({ replicas: [3, 1], isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0 });
    expect(driver.create(assigned('u', [[3]]))[0]?.errorCode).toBe(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
  });

  it('that only validates creates nothing and still answers as it would', () => {
    const driver = cluster(1, 2, 3);
    const outcome = createTopics(driver.state, { topics: [topicRequest('t')], timeoutMs: 1, validateOnly: true });
    expect(outcome.records).toEqual([]);
    expect(outcome.response.topics[0]).toMatchObject({ errorCode: 0, numPartitions: 1, replicationFactor: 3 });
  });
});

describe('DeleteTopics', () => {
  it('deletes by name and by id, and says what it does not know', () => {
    const driver = cluster(1);
    driver.create(topicRequest('a', { replicationFactor: 1 }), topicRequest('b', { replicationFactor: 1 }));
    const topicId = driver.partition('b').topicId;
    const topics = [
      { name: 'a', topicId: zeroUuid },
      { name: null, topicId },
      { name: 'c', topicId: zeroUuid },
      { name: null, topicId: '-------------------A' as typeof topicId },
      { name: null, topicId: zeroUuid },
      { name: 'a', topicId },
    ];
    const { responses } = driver.perform(deleteTopics(driver.state, { topics, topicNames: [], timeoutMs: 1 }));
    expect(responses.map((each) => errorName(each.errorCode))).toEqual([
      ...['NONE', 'NONE', 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID', 'INVALID_REQUEST', 'INVALID_REQUEST'],
    ]);
    expect(driver.state.image.topics.size).toBe(0);
    expect([...driver.state.index.inSync(1 as never)]).toEqual([]);
  });
});

describe('CreatePartitions', () => {
  const grow = (driver: Driver, count: number, assignments: readonly (readonly number[])[] | null = null) => {
    const topics = [{ name: 't', count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }];
    const [answer] = driver.perform(createPartitions(driver.state, { topics, timeoutMs: 1, validateOnly: false })).results;
    return [errorName(answer?.errorCode ?? -2), answer?.errorMessage ?? null] as const;
  };

  it('adds partitions behind those that are there, as many replicas each', () => {
    const driver = cluster(1, 2, 3);
    driver.create(topicRequest('t', { replicationFactor: 2 }));
    expect(grow(driver, 3)).toEqual(['NONE', null]);
    expect(driver.state.image.topicByName('t')?.partitions.map((each) => [each.index, each.replicas.length, each.leaderEpoch])).toEqual([
      [0, 2, 0],
      [1, 2, 0],
      [2, 2, 0],
    ]);
    expect(grow(driver, 4, [[3, 1]])).toEqual(['NONE', null]);
    expect(driver.partition('t', 3).replicas).toEqual([3, 1]);
  });

  it('refuses fewer, as many, the wrong number of assignments, and other replica counts', () => {
    const driver = cluster(1, 2, 3);
    driver.create(topicRequest('t', { numPartitions: 2 }));
    expect(grow(driver, 2)).toEqual(['INVALID_PARTITIONS', 'Topic already has 2 partition(s).']);
    expect(grow(driver, 1)[1]).toBe('The topic t currently has 2 partition(s); 1 would not be an increase.');
    expect(grow(driver, 4, [[1, 2, 3]])[0]).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(grow(driver, 3, [[1, 2]])[0]).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(driver.state.image.topicByName('t')?.partitions).toHaveLength(2);
  });
});

describe('configs', () => {
  it('are set, taken away, added to and taken from', () => {
    const driver = cluster(1);
    driver.create(topicRequest('t', { replicationFactor: 1 }));
    expect(configs(driver, 2, 't', ['flush.ms', 0, '5'], ['cleanup.policy', 2, 'compact'])[0]).toBe('NONE');
    expect([...driver.state.image.topicConfig('t')]).toEqual([
      ['flush.ms', '5'],
      ['cleanup.policy', 'delete,compact'],
    ]);
    expect(configs(driver, 2, 't', ['flush.ms', 1, null], ['cleanup.policy', 3, 'delete'])[0]).toBe('NONE');
    expect([...driver.state.image.topicConfig('t')]).toEqual([['cleanup.policy', 'compact']]);
  });

  it('that are wrong are refused with the key in the message, and nothing of their resource changes', () => {
    const driver = cluster(1);
    driver.create(topicRequest('t', { replicationFactor: 1 }));
    const refused = [
      configs(driver, 2, 't', ['segment.ms', 0, '9'], ['flush.ms', 0, 'soon']),
      configs(driver, 2, 't', ['nonsense', 0, '1']),
      configs(driver, 2, 't', ['flush.ms', 2, '1']),
      configs(driver, 2, 't', ['flush.ms', 0, null]),
    ];
    expect(refused.map(([code]) => code)).toEqual(['INVALID_CONFIG', 'INVALID_CONFIG', 'INVALID_CONFIG', 'INVALID_CONFIG']);
    expect(refused.map(([, message]) => message?.includes('flush.ms') === true || message?.includes('nonsense') === true)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(configs(driver, 2, 'unknown', ['flush.ms', 0, '1'])[0]).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(driver.state.image.topicConfig('t').size).toBe(0);
  });

  it('in the old form replace all others', () => {
    const driver = cluster(1);
    driver.create(topicRequest('t', { replicationFactor: 1, configs: [{ name: 'flush.ms', value: '5' }] }));
    const resources = [{ resourceType: 2, resourceName: 't', configs: [{ name: 'segment.ms', value: '9' }] }];
    expect(driver.perform(alterConfigs(driver.state, { resources, validateOnly: false })).responses[0]?.errorCode).toBe(0);
    expect([...driver.state.image.topicConfig('t')]).toEqual([['segment.ms', '9']]);
  });

  it('keep one min.insync.replicas for the cluster while eligibility rests on it', () => {
    const driver = cluster(1);
    expect(driver.state.image.clusterConfig().get('min.insync.replicas')).toBe('1');
    expect(configs(driver, 4, '', ['min.insync.replicas', 1, null])).toEqual([
      'INVALID_CONFIG',
      'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.',
    ]);
    expect(configs(driver, 4, '1', ['min.insync.replicas', 0, '2'])).toEqual([
      'INVALID_CONFIG',
      'Broker-level min.insync.replicas cannot be altered while ELR is enabled.',
    ]);
    expect(configs(driver, 4, '', ['min.insync.replicas', 0, '2'])[0]).toBe('NONE');
  });

  it('of min.insync.replicas clear the eligible replicas that the old value made', () => {
    const driver = cluster(1, 2, 3);
    driver.create(assigned('t', [[1, 2, 3]], { 'min.insync.replicas': '3' }));
    driver.alter('t', [1, 2]);
    expect(driver.partition('t').elr).toEqual([3]);
    configs(driver, 2, 't', ['min.insync.replicas', 0, '2']);
    expect(driver.partition('t').elr).toEqual([]);
  });
});

describe('AlterPartition', () => {
  it('of one partition twice in a request judges the second by what the first made', () => {
    const driver = cluster(1, 2, 3);
    driver.create(assigned('t', [[1, 2, 3]]));
    const { topicId } = driver.partition('t');
    const wish = (isr: readonly number[], partitionEpoch: number) => ({
      partitionIndex: 0,
      leaderEpoch: 0,
      newIsr: [],
      newIsrWithEpochs: isr.map((id) => ({ brokerId: id, brokerEpoch: driver.epochOf(id) })),
      leaderRecoveryState: 0,
      partitionEpoch,
    });
    const topics = [{ topicId, partitions: [wish([1, 2], 0), wish([1, 3], 0), wish([1], 1)] }];
    const answer = driver.perform(alterPartition(driver.state, { brokerId: 1, brokerEpoch: driver.epochOf(1), topics }, 3));
    expect(answer.topics[0]?.partitions.map((each) => errorName(each.errorCode))).toEqual(['NONE', 'INVALID_UPDATE_VERSION', 'NONE']);
    expect(driver.partition('t')).toMatchObject({ isr: [1], partitionEpoch: 2 });
  });

  it('of version 2 has no broker epochs to check', () => {
    const driver = cluster(1, 2);
    driver.create(assigned('t', [[1, 2]]));
    const { topicId } = driver.partition('t');
    const wish = { partitionIndex: 0, leaderEpoch: 0, newIsr: [1], newIsrWithEpochs: [], leaderRecoveryState: 0, partitionEpoch: 0 };
    const request = { brokerId: 1, brokerEpoch: driver.epochOf(1), topics: [{ topicId, partitions: [wish] }] };
    expect(driver.perform(alterPartition(driver.state, request, 2)).topics[0]?.partitions[0]).toMatchObject({
      errorCode: 0,
      isr: [1],
      partitionEpoch: 1,
    });
    expect(driver.perform(alterPartition(driver.state, { ...request, brokerEpoch: 99 }, 2)).errorCode).toBe(ErrorCode.STALE_BROKER_EPOCH);
  });
});

describe('a reassignment', () => {
  const ask = (driver: Driver, replicas: readonly number[] | null, allowReplicationFactorChange = true) => {
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, replicas }] }];
    const { responses } = driver.perform(alterPartitionReassignments(driver.state, { topics, timeoutMs: 1, allowReplicationFactorChange }));
    return errorName(responses[0]?.partitions[0]?.errorCode ?? -2);
  };
  const ongoing = (driver: Driver) => listPartitionReassignments(driver.state, { topics: null, timeoutMs: 1 }).response.topics;

  it('adds, waits, and ends when the added ones are in sync; who asked for it hears of a new leader', () => {
    const driver = cluster(1, 2, 3, 4);
    driver.create(assigned('t', [[1, 2]]));
    expect(ask(driver, [3, 4])).toBe('NONE');
    expect(driver.partition('t')).toMatchObject({ replicas: [3, 4, 1, 2], addingReplicas: [3, 4], removingReplicas: [1, 2], leader: 1 });
    expect(ongoing(driver)).toMatchObject([{ name: 't', partitions: [{ partitionIndex: 0, addingReplicas: [3, 4] }] }]);
    driver.alter('t', [1, 2, 3]);
    expect(driver.partition('t').replicas).toEqual([3, 4, 1, 2]);
    expect(errorName(driver.alter('t', [1, 2, 3, 4]).errorCode)).toBe('NEW_LEADER_ELECTED');
    expect(driver.partition('t')).toMatchObject({ replicas: [3, 4], isr: [3, 4], addingReplicas: [], removingReplicas: [], leader: 3 });
    expect(ongoing(driver)).toEqual([]);
  });

  it('that is cancelled goes back to where it began', () => {
    const driver = cluster(1, 2, 3);
    driver.create(assigned('t', [[1, 2]]));
    expect(ask(driver, null)).toBe('NO_REASSIGNMENT_IN_PROGRESS');
    ask(driver, [1, 3]);
    expect(ask(driver, null)).toBe('NONE');
    expect(driver.partition('t')).toMatchObject({ replicas: [1, 2], isr: [1, 2], addingReplicas: [], removingReplicas: [] });
  });

  it('of the same replicas in another order is done at once', () => {
    const driver = cluster(1, 2);
    driver.create(assigned('t', [[1, 2]]));
    expect(ask(driver, [2, 1])).toBe('NONE');
    expect(driver.partition('t')).toMatchObject({ replicas: [2, 1], isr: [1, 2], leader: 1, addingReplicas: [] });
  });

  it('to another number of replicas needs leave', () => {
    const driver = cluster(1, 2, 3);
    driver.create(assigned('t', [[1, 2]]));
    expect(ask(driver, [1, 2, 3], false)).toBe('INVALID_REPLICATION_FACTOR');
    expect(ask(driver, [1, 2, 3], true)).toBe('NONE');
  });

  it('to a stranger is refused', () => {
    const driver = cluster(1, 2);
    driver.create(assigned('t', [[1, 2]]));
    expect(ask(driver, [1, 9])).toBe('INVALID_REPLICA_ASSIGNMENT');
  });
});
