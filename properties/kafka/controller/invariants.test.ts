import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ControllerState } from '../../../src/kafka/controller/controller-state.ts';
import { PartitionIndex } from '../../../src/kafka/controller/partition-index.ts';
import { imageRecords } from '../../../src/kafka/metadata/image-records.ts';
import { MetadataImage, type PartitionDelta } from '../../../src/kafka/metadata/metadata-image.ts';
import { decodeMetadataRecord, encodeMetadataRecord } from '../../../src/kafka/metadata/metadata-record.ts';
import type { PartitionRegistration } from '../../../src/kafka/metadata/registration.ts';
import { effectiveMinIsr } from '../../../src/kafka/metadata/topic-settings.ts';
import { type ControllerRules, kafkaControllerRules } from '../../../src/kafka/rules/controller.ts';
import { type BrokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { assigned, Driver } from './driver.ts';
import { brokers, type Operation, operation, perform } from './operations.ts';

const subset = (part: readonly BrokerId[], whole: readonly BrokerId[]): boolean => part.every((id) => whole.includes(id));

/** What is wrong with one partition's state; empty when nothing is. */
function wrongs(state: ControllerState, partition: PartitionRegistration): readonly string[] {
  const { replicas, isr, elr, leader } = partition;
  const minIsr = effectiveMinIsr(state.image, partition, state.config.minInsyncReplicas);
  const found: string[] = [];
  if (!subset(isr, replicas)) found.push('ISR outside the replicas');
  if (!subset(elr, replicas)) found.push('ELR outside the replicas');
  if (isr.some((id) => elr.includes(id))) found.push('in ISR and ELR at once');
  if (isr.length >= minIsr && elr.length > 0) found.push('ELR although the ISR is whole');
  if (leader >= 0 && !isr.includes(leader)) found.push('leader outside the ISR');
  if (leader >= 0 && !state.isActive(leader)) found.push('leader not active');
  if (leader < 0 && isr.some((id) => state.isActive(id))) found.push('no leader although one is in sync');
  for (const id of isr) if (!state.isActive(id)) found.push('ISR member not active');
  if (new Set(replicas).size !== replicas.length || replicas.length !== partition.directories.length) found.push('replicas or directories wrong');
  if (partition.recovering && isr.length > 1) found.push('recovering with a second ISR member');
  return found;
}

function wrongSteps({ before, after }: PartitionDelta): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const found: string[] = [];
  if (after.partitionEpoch <= before.partitionEpoch) found.push('partition epoch did not grow');
  if (after.leader !== before.leader && after.leaderEpoch <= before.leaderEpoch) found.push('leader changed within an epoch');
  if (after.leaderEpoch < before.leaderEpoch) found.push('leader epoch fell');
  return found;
}

/** How the image stands in a way that two images can be compared by. */
const standing = (image: MetadataImage) => ({ offset: image.offset, next: image.nextProducerId, records: imageRecords(image) });

function play(operations: readonly Operation[], rules = kafkaControllerRules): Driver {
  const driver = new Driver({}, rules);
  for (const id of brokers) driver.join(id);
  for (const each of operations) perform(driver, each);
  return driver;
}

describe('whatever is asked of a controller', () => {
  it('ISR, ELR, leaders and epochs stay lawful after every batch', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 60 }), (operations) => {
        const driver = new Driver();
        for (const id of brokers) driver.join(id);
        let judged = 0;
        for (const each of operations) {
          perform(driver, each);
          const found: string[] = [];
          for (const delta of driver.deltas.slice(judged)) for (const change of delta.partitions) found.push(...wrongSteps(change));
          judged = driver.deltas.length;
          for (const topic of driver.state.image.topics.values())
            for (const partition of topic.partitions) found.push(...wrongs(driver.state, partition));
          expect(found).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('replaying the records as they stand in the log gives an equal image', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const driver = play(operations);
        const replayed = new MetadataImage();
        for (const batch of driver.batches) {
          const records = batch.records.map((record) => {
            const decoded = decodeMetadataRecord(encodeMetadataRecord(record));
            if (!decoded.ok) throw new Error(decoded.error);
            return decoded.value;
          });
          replayed.apply({ ...batch, records });
        }
        expect(standing(replayed)).toEqual(standing(driver.state.image));
      }),
      { numRuns: 150 },
    );
  });

  it('the records of an image rebuild it', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const { image } = play(operations).state;
        const records = imageRecords(image);
        const rebuilt = new MetadataImage();
        rebuilt.apply({ base: offset(0), last: offset(records.length - 1), epoch: leaderEpoch(1), records });
        expect(imageRecords(rebuilt)).toEqual(records);
      }),
      { numRuns: 100 },
    );
  });

  it('the index by broker says what a scan of all partitions says', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const { state, deltas } = play(operations);
        const index = new PartitionIndex();
        for (const delta of deltas) index.apply(delta);
        const all = [...state.image.topics.values()].flatMap((topic) => topic.partitions);
        const names = (partitions: Iterable<PartitionRegistration>) =>
          [...partitions].map((each) => `${each.topic}-${each.index}-${each.partitionEpoch}`).sort();
        for (const id of brokers as BrokerId[]) {
          expect(names(index.inSync(id))).toEqual(names(all.filter((each) => each.isr.includes(id))));
          expect(names(index.eligible(id))).toEqual(names(all.filter((each) => each.elr.includes(id))));
          expect(index.leads(id)).toBe(all.some((each) => each.leader === id));
        }
        expect(names(index.leaderless)).toEqual(names(all.filter((each) => each.leader < 0)));
        expect(names(index.imbalanced)).toEqual(names(all.filter((each) => each.leader !== each.replicas[0])));
        expect(names(index.reassigning)).toEqual(names(all.filter((each) => each.addingReplicas.length + each.removingReplicas.length > 0)));
      }),
      { numRuns: 150 },
    );
  });

  it('the random requests reach what is rare, and every rule is consulted', () => {
    const reached = new Set<string>();
    const rules: ControllerRules = {
      electLeader: (question) => seen('electLeader', kafkaControllerRules.electLeader(question)),
      eligibleLeaderReplicas: (question) => seen('eligibleLeaderReplicas', kafkaControllerRules.eligibleLeaderReplicas(question)),
      completeReassignment: (question) => seen('completeReassignment', kafkaControllerRules.completeReassignment(question)),
      changePartition: (given, question) => seen('changePartition', kafkaControllerRules.changePartition(given, question)),
      checkAlterPartition: (question) => seen('checkAlterPartition', kafkaControllerRules.checkAlterPartition(question)),
      checkRegistration: (question) => seen('checkRegistration', kafkaControllerRules.checkRegistration(question)),
      nextBrokerState: (question) => seen('nextBrokerState', kafkaControllerRules.nextBrokerState(question)),
      isOnlineDirectory: (directory, online) => seen('isOnlineDirectory', kafkaControllerRules.isOnlineDirectory(directory, online)),
      isStale: (last, now, timeout) => seen('isStale', kafkaControllerRules.isStale(last, now, timeout)),
    };
    function seen<T>(name: string, answer: T): T {
      reached.add(name);
      return answer;
    }
    for (const operations of fc.sample(fc.array(operation, { minLength: 60, maxLength: 60 }), { numRuns: 100, seed: 1 })) {
      const driver = play(operations, rules);
      for (const { before, after } of driver.deltas.flatMap((delta) => delta.partitions)) {
        if (before === undefined || after === undefined) continue;
        if (after.isr.length === 0) reached.add('empty ISR');
        if (after.lastKnownElr.length > 0) reached.add('last known leader');
        if (before.elr.includes(after.leader)) reached.add('election from the ELR');
        if (after.recovering && !before.recovering) reached.add('unclean election');
        if (before.addingReplicas.length > 0 && after.addingReplicas.length === 0) reached.add('reassignment done');
        if (after.isr.length > before.isr.length) reached.add('ISR expanded');
      }
    }
    expect([...reached].sort()).toEqual(
      [
        ...['electLeader', 'eligibleLeaderReplicas', 'completeReassignment', 'changePartition', 'checkAlterPartition', 'checkRegistration'],
        ...[
          'nextBrokerState',
          'isOnlineDirectory',
          'isStale',
          'empty ISR',
          'last known leader',
          'election from the ELR',
          'unclean election',
          'reassignment done',
        ],
        'ISR expanded',
      ].sort(),
    );
  });

  it('a broker epoch is the offset of its registration record', () => {
    const driver = play([{ type: 'create', topic: 'a', replicas: [1, 2], minIsr: 1, unclean: false }]);
    // Silent for a session and not fenced yet: the restarted broker leaves its ISR in the same batch, before its registration.
    driver.nowMs += 9500;
    expect(driver.join(2, { incarnation: 3, fenced: true })).toBe(0);
    expect(driver.batches.at(-1)?.records[0]?.type).toBe('partitionChange');
    expect(driver.batches.at(-1)?.records.at(-1)?.type).toBe('registerBroker');
    expect(driver.join(1, { incarnation: 1, fenced: true })).toBe(0);
    const { state, batches } = driver;
    for (const { id, epoch } of state.image.brokers.values()) {
      const batch = batches.find((each) => each.base <= epoch && epoch <= each.last);
      expect(batch?.records[epoch - batch.base]).toMatchObject({ type: 'registerBroker', value: { brokerId: id, brokerEpoch: epoch } });
    }
  });

  it('a late heartbeat of a broker that was leaving and was fenced unfences it, and it leads what has no other leader, as in Kafka', () => {
    const driver = play([
      { type: 'create', topic: 'a', replicas: [1], minIsr: 1, unclean: false },
      { type: 'heartbeat', broker: 1, wantFence: false, wantShutDown: true },
      { type: 'pass', ms: 9500, silent: [1] },
    ]);
    expect(driver.partition('a')).toMatchObject({ leader: -1, isr: [], elr: [1] });
    // Sent before the others, delivered after them. ReplicationControlManager takes the broker that it unfences without asking whether it leaves.
    expect(driver.heartbeat(1)).toMatchObject({ isFenced: false, shouldShutDown: false });
    expect(driver.partition('a')).toMatchObject({ leader: 1, isr: [1], elr: [] });
  });

  it('a rule that forgets unclean restarts is seen to elect the last ISR member again (KIP-966)', () => {
    const lossy = (rules: typeof kafkaControllerRules) => {
      const driver = new Driver({}, rules);
      for (const id of [1, 2]) driver.join(id);
      driver.create(assigned('a', [[1, 2]], { 'min.insync.replicas': '2' }));
      perform(driver, { type: 'pass', ms: 9500, silent: [2] });
      // Broker 1, alone in the ISR, loses power and comes back without a clean-shutdown marker.
      perform(driver, { type: 'pass', ms: 9500, silent: [1, 2] });
      driver.join(1, { incarnation: 2, previousBrokerEpoch: -1 });
      return driver.partition('a');
    };
    const forgetful = {
      ...kafkaControllerRules,
      checkRegistration: (question: Parameters<typeof kafkaControllerRules.checkRegistration>[0]) => {
        const answer = kafkaControllerRules.checkRegistration(question);
        return answer.type === 'accepted' ? { ...answer, unclean: false } : answer;
      },
    };
    expect(lossy(kafkaControllerRules)).toMatchObject({ leader: -1, isr: [], elr: [2] });
    expect(lossy(forgetful)).toMatchObject({ leader: 1, isr: [1], recovering: false });
  });
});
