import { describe, expect, it } from 'vitest';
import { type AlterPartitionQuestion, type HeartbeatQuestion, kafkaControllerRules as rules } from '../../../src/kafka/rules/controller.ts';
import type { BrokerRegistration, PartitionRegistration } from '../../../src/kafka/rules/controller-registration.ts';
import { type BrokerId, brokerEpoch, brokerId, leaderEpoch } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { uuidFromWords, zeroUuid } from '../../../src/model/uuid.ts';

const ids = (...raw: readonly number[]): readonly BrokerId[] => raw.map(brokerId);
const incarnation = (number: number) => uuidFromWords(7, number, 7, 7);

const broker = (id: number, given: Partial<BrokerRegistration> = {}): BrokerRegistration => ({
  id: brokerId(id),
  epoch: brokerEpoch(100 + id),
  incarnation: incarnation(1),
  endpoints: [],
  host: 'h',
  port: 1,
  rack: null,
  fenced: false,
  inControlledShutdown: false,
  logDirs: [],
  features: [],
  ...given,
});

const partition: PartitionRegistration = {
  topicId: zeroUuid,
  topic: 't',
  index: 0,
  replicas: ids(1, 2, 3),
  isr: ids(1, 2),
  elr: [],
  lastKnownElr: [],
  leader: brokerId(1),
  leaderEpoch: leaderEpoch(5),
  partitionEpoch: 10,
  recovering: false,
  addingReplicas: [],
  removingReplicas: [],
  directories: [],
};

describe('AlterPartition is refused', () => {
  const brokers = new Map([broker(1), broker(2), broker(3)].map((each) => [each.id, each]));
  const members = (...raw: readonly number[]) => raw.map((id) => ({ brokerId: brokerId(id), brokerEpoch: brokerEpoch(100 + id) }));
  const right: AlterPartitionQuestion = {
    partition,
    sender: brokerId(1),
    leaderEpoch: 5,
    partitionEpoch: 10,
    isr: members(1, 2, 3),
    leaderRecoveryState: 0,
    broker: (id) => brokers.get(id),
  };

  /** Each is wrong in its own way; together they must come in this order. */
  const wrongs: readonly (readonly [string, Partial<AlterPartitionQuestion>, ErrorCode])[] = [
    ['when its leader epoch is ahead of this controller', { leaderEpoch: 6 }, ErrorCode.NOT_CONTROLLER],
    ['when its partition epoch is ahead of this controller', { partitionEpoch: 11 }, ErrorCode.NOT_CONTROLLER],
    ['when its leader epoch is old', { leaderEpoch: 4 }, ErrorCode.FENCED_LEADER_EPOCH],
    ['when its sender does not lead', { sender: brokerId(2) }, ErrorCode.INVALID_REQUEST],
    ['when its partition epoch is old', { partitionEpoch: 9 }, ErrorCode.INVALID_UPDATE_VERSION],
    ['when its ISR names a broker twice', { isr: members(1, 2, 2) }, ErrorCode.INVALID_REQUEST],
    ['when its ISR is empty', { isr: [] }, ErrorCode.INVALID_REQUEST],
    ['when its ISR names a stranger', { isr: members(1, 4) }, ErrorCode.INVALID_REQUEST],
    ['when its ISR lacks the leader', { isr: members(2, 3) }, ErrorCode.INVALID_REQUEST],
    [
      'when a leader still recovering wants others in sync',
      { partition: { ...partition, recovering: true }, leaderRecoveryState: 1 },
      ErrorCode.INVALID_REQUEST,
    ],
    ['when a recovered leader wants to recover again', { isr: members(1), leaderRecoveryState: 1 }, ErrorCode.INVALID_REQUEST],
    ['when a member is not registered', { broker: (id) => (id === 3 ? undefined : brokers.get(id)) }, ErrorCode.INELIGIBLE_REPLICA],
    ['when a member is fenced', { broker: (id) => broker(id, { fenced: id === 3 }) }, ErrorCode.INELIGIBLE_REPLICA],
    ['when a member is shutting down', { broker: (id) => broker(id, { inControlledShutdown: id === 3 }) }, ErrorCode.INELIGIBLE_REPLICA],
    [
      'when a member has restarted since it caught up (KIP-903)',
      { broker: (id) => broker(id, id === 3 ? { epoch: brokerEpoch(200) } : {}) },
      ErrorCode.INELIGIBLE_REPLICA,
    ],
  ];

  it('in no case when all is right', () => {
    expect(rules.checkAlterPartition(right)).toBe(ErrorCode.NONE);
    expect(rules.checkAlterPartition({ ...right, isr: right.isr.map((member) => ({ ...member, brokerEpoch: brokerEpoch(-1) })) })).toBe(
      ErrorCode.NONE,
    );
  });

  for (const [title, wrong, code] of wrongs) it(title, () => expect(rules.checkAlterPartition({ ...right, ...wrong })).toBe(code));

  it('for the first reason of the list when there are several', () => {
    for (let first = 0; first < wrongs.length; first++)
      for (let second = first + 1; second < wrongs.length; second++) {
        const [, a, code] = wrongs[first] ?? ['', {}, 0];
        const [, b] = wrongs[second] ?? ['', {}, 0];
        // Two that set the same field cannot both be wrong.
        if (Object.keys(a).some((key) => key in b)) continue;
        expect([first, second, rules.checkAlterPartition({ ...right, ...b, ...a })]).toEqual([first, second, code]);
      }
  });
});

describe('a registration', () => {
  const ask = (known: BrokerRegistration | undefined, sessionLive: boolean, number: number, previous: number) =>
    rules.checkRegistration({ incarnation: incarnation(number), previousBrokerEpoch: brokerEpoch(previous), known, sessionLive });

  it('of a broker never seen is accepted', () => expect(ask(undefined, false, 1, -1)).toEqual({ type: 'accepted', unclean: false }));
  it('of the incarnation that is known changes nothing', () => expect(ask(broker(1), true, 1, -1)).toEqual({ type: 'same' }));
  it('of a second incarnation is refused while the first one lives', () => expect(ask(broker(1), true, 2, 101)).toEqual({ type: 'refused' }));
  it('of a second incarnation is accepted while the first one shuts down', () =>
    expect(ask(broker(1, { inControlledShutdown: true }), true, 2, 101)).toEqual({ type: 'accepted', unclean: false }));
  it('is clean only with the epoch of the last one', () => {
    expect(ask(broker(1), false, 2, 101)).toEqual({ type: 'accepted', unclean: false });
    expect(ask(broker(1), false, 2, 100)).toEqual({ type: 'accepted', unclean: true });
    expect(ask(broker(1), false, 2, -1)).toEqual({ type: 'accepted', unclean: true });
  });
});

describe('a heartbeat', () => {
  const ask = (given: Partial<HeartbeatQuestion>) =>
    rules.nextBrokerState({
      state: 'unfenced',
      wantFence: false,
      wantShutDown: false,
      currentMetadataOffset: 50,
      registrationOffset: 50,
      leads: () => false,
      lowestActiveOffset: () => 40,
      controlledShutdownOffset: -1,
      ...given,
    });

  const table: readonly (readonly [string, Partial<HeartbeatQuestion>, string])[] = [
    ['unfences a broker that has read its own registration', { state: 'fenced' }, 'unfenced'],
    ['keeps a broker fenced that has not', { state: 'fenced', currentMetadataOffset: 49 }, 'fenced'],
    ['keeps a broker fenced that wants it', { state: 'fenced', wantFence: true }, 'fenced'],
    ['lets a fenced broker go at once', { state: 'fenced', wantShutDown: true, leads: () => true }, 'shutdownNow'],
    ['fences a broker that wants it', { wantFence: true }, 'fenced'],
    ['lets a broker go that wants both', { wantFence: true, wantShutDown: true, leads: () => true }, 'shutdownNow'],
    ['lets a broker go that leads nothing', { wantShutDown: true }, 'shutdownNow'],
    ['begins a controlled shutdown of a broker that leads', { wantShutDown: true, leads: () => true }, 'controlledShutdown'],
    ['holds a broker that still leads', { state: 'controlledShutdown', leads: () => true, controlledShutdownOffset: 1 }, 'controlledShutdown'],
    ['holds a broker until the others know', { state: 'controlledShutdown', controlledShutdownOffset: 41 }, 'controlledShutdown'],
    ['lets a broker go once the others know', { state: 'controlledShutdown', controlledShutdownOffset: 40 }, 'shutdownNow'],
  ];
  for (const [title, given, state] of table) it(title, () => expect(ask(given)).toBe(state));

  it('keeps a session for its whole length and no longer', () => {
    expect(rules.isStale(1000, 10_000, 9000)).toBe(false);
    expect(rules.isStale(1000, 10_001, 9000)).toBe(true);
  });
});
