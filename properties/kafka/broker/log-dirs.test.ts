/** What a broker with two log directories tells of them, to clients and to the controller, before and after one fails. */
import { beforeAll, describe, expect, test } from 'vitest';
import { brokerId } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { Rig } from './rig.ts';

const disks = ['d0', 'd1'];
let rig: Rig;

const describeDirs = (id: number, topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null = null, version = 5) =>
  rig.ask(id, apis.describeLogDirs, { topics }, version).results;
const placesOf = (id: number) =>
  describeDirs(id).map((dir) =>
    dir.topics.filter(({ name }) => name === 'orders').flatMap(({ partitions }) => partitions.map((each) => each.partitionIndex)),
  );
const segmentBytes = (id: number, disk: string, index: number): number =>
  rig
    .host(id)
    .disk(disk)
    .files()
    .filter((path) => path.startsWith(`orders-${index}/`) && path.endsWith('.log'))
    .reduce((sum, path) => sum + (rig.host(id).disk(disk).contents(path)?.length ?? 0), 0);
const registered = (id: number) => rig.broker(id).image.topicByName('orders')?.partitions ?? [];

beforeAll(() => {
  rig = new Rig({ disks });
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 4, replicationFactor: 3 });
  const producer = rig.producer('all');
  const sent = [0, 1, 2, 3].map((index) => rig.send(producer, 'orders', 'x'.repeat(10 * (index + 1)), index));
  rig.until(() => sent.every(({ outcome }) => outcome !== undefined), 20_000, 'records of all partitions');
});

describe('DescribeLogDirs', () => {
  test('names each directory, its partitions with the bytes of their segments, and what is free', () => {
    for (const id of [1, 2, 3]) {
      const dirs = describeDirs(id);
      expect(dirs.map(({ errorCode, logDir, totalBytes, isCordoned }) => [errorCode, logDir, totalBytes, isCordoned])).toEqual([
        [0, 'd0', -1, false],
        [0, 'd1', -1, false],
      ]);
      for (const { logDir, topics, usableBytes } of dirs) {
        expect(usableBytes).toBe(rig.host(id).disk(logDir).freeBytes);
        expect(topics[0]?.partitions.length).toBe(2);
        for (const { partitionIndex, partitionSize, offsetLag, isFutureKey } of topics[0]?.partitions ?? []) {
          expect(partitionSize).toBeGreaterThan(60);
          expect([partitionSize, offsetLag, isFutureKey]).toEqual([segmentBytes(id, logDir, partitionIndex), 0, false]);
        }
      }
    }
  });
  test('of some partitions leaves out the others, in every version', () => {
    for (let version = 1; version <= 5; version++) {
      const dirs = describeDirs(
        2,
        [
          { topic: 'orders', partitions: [3, 77] },
          { topic: 'payments', partitions: [0] },
        ],
        version,
      );
      expect(dirs.flatMap(({ topics }) => topics.flatMap(({ name, partitions }) => partitions.map((each) => [name, each.partitionIndex])))).toEqual([
        ['orders', 3],
      ]);
    }
  });
});

describe('the metadata', () => {
  test('says in which directory each replica lies, once its broker has placed it', () => {
    for (const id of [1, 2, 3]) {
      const ids = rig
        .broker(id)
        .logs.directories()
        .map((directory) => directory.id);
      for (const [at, indexes] of placesOf(id).entries())
        for (const index of indexes) {
          const partition = registered(id)[index];
          expect(partition?.directories[partition.replicas.indexOf(brokerId(id))]).toBe(ids[at]);
        }
    }
  });
});

describe('a directory that fails', () => {
  test('takes only its own partitions from its broker: clients hear KAFKA_STORAGE_ERROR of them, others lead them, and the rest is served', () => {
    const [inFailed = [], inOther = []] = placesOf(1);
    rig.host(1).failDiskCalls(({ disk }) => disk === 'd0');
    const producer = rig.producer('all');
    const sent = [0, 1, 2, 3].map((index) => rig.send(producer, 'orders', 'later', index));
    rig.until(() => rig.events('directoryFailed').length > 0, 60_000, 'a call to the disk');
    rig.until(() => sent.every(({ outcome }) => outcome !== undefined), 60_000, 'records of all partitions');
    expect(sent.map(({ outcome }) => outcome)).toMatchObject([0, 1, 2, 3].map((partition) => ({ partition })));
    rig.until(
      () => registered(2).every(({ index, isr }) => isr.some((id) => id === 1) === inOther.includes(index)),
      20_000,
      'ISRs without the replicas that failed',
    );
    expect(describeDirs(1).map(({ errorCode, topics }) => [errorCode, topics.length])).toEqual([
      [ErrorCode.KAFKA_STORAGE_ERROR, 0],
      [ErrorCode.NONE, 1],
    ]);
    const heard = rig.ask(2, apis.metadata, { topics: [{ name: 'orders' }] }, 9).topics[0]?.partitions ?? [];
    for (const { partitionIndex, leaderId, offlineReplicas } of heard) {
      expect(offlineReplicas).toEqual(inFailed.includes(partitionIndex) ? [1] : []);
      if (inFailed.includes(partitionIndex)) expect(leaderId).not.toBe(1);
    }
    const produced = rig.ask(1, apis.listOffsets, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions: [0, 1, 2, 3].map((partitionIndex) => ({ partitionIndex, timestamp: -1 })) }],
    });
    for (const { partitionIndex, errorCode } of produced.topics[0]?.partitions ?? [])
      expect(errorCode === ErrorCode.KAFKA_STORAGE_ERROR).toBe(inFailed.includes(partitionIndex));
    expect(rig.broker(1).running).toBe(true);
    // A replica of a new topic goes where there is a directory.
    rig.createTopic({ name: 'payments', numPartitions: 1, replicationFactor: 3 });
    rig.until(() => describeDirs(1)[1]?.topics.some(({ name }) => name === 'payments') === true, 10_000, 'a replica in the other directory');
  });

  test('that cannot be told to the controller in time ends its broker', () => {
    const alone = new Rig({ disks, config: { logDirFailureTimeoutMs: 4000 } });
    alone.ready();
    alone.createTopic({ name: 'orders', numPartitions: 4, replicationFactor: 3 });
    alone.simulator.faults.partition([alone.host(1)], [alone.controller], { oneWay: false });
    alone.host(1).failDiskCalls(({ disk }) => disk === 'd0');
    const failedUs = () => alone.events('directoryFailed')[0]?.timeUs ?? Number.NaN;
    alone.until(() => alone.broker(1).failure !== undefined, 60_000, 'the end of the broker');
    expect(alone.broker(1).failure).toMatch(/controller did not hear/);
    expect(alone.events('gaveUp')[0]?.timeUs).toBeGreaterThanOrEqual(failedUs() + 4_000_000);
  });
});
