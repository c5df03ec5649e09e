/** A replica moves to another log directory of its broker, under load, over the wire. */
import { describe, expect, test } from 'vitest';
import { brokerId } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { zeroUuid } from '../../../src/model/uuid.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { Rig } from './rig.ts';

const disks = ['d0', 'd1', 'd2'];
const orders = topicPartition('orders', 0);

function rigOf(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig({ disks, ...options });
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 3 });
  return rig;
}

const directoryOf = (rig: Rig, id: number): string => rig.broker(id).replicas.byName('orders', 0)?.log?.directory ?? 'none';

/** Asks for the move of orders-0; answers the error. */
function move(rig: Rig, id: number, path: string, topic = 'orders', partition = 0): number | undefined {
  const answer = rig.ask(id, apis.alterReplicaLogDirs, { dirs: [{ path, topics: [{ name: topic, partitions: [partition] }] }] });
  return answer.results[0]?.partitions[0]?.errorCode;
}

/** So many records, each a batch of its own. */
function sendOneByOne(rig: Rig, producer: ReturnType<Rig['producer']>, count: number): void {
  for (let index = 0; index < count; index++) {
    const sent = rig.send(producer, 'orders', `v${index}`.padEnd(150, '.'));
    rig.until(() => sent.outcome !== undefined, 20_000, 'a record');
  }
}

const other = (directory: string): string => disks.find((name) => name !== directory) ?? 'none';
/** The directory that the metadata has. */
const registeredOf = (rig: Rig, id: number): string => {
  const partition = rig.broker(id).image.topicByName('orders')?.partitions[0];
  const directory = partition?.directories[partition.replicas.indexOf(brokerId(id))];
  return (
    rig
      .broker(id)
      .logs.directories()
      .find((each) => each.id === directory)?.name ?? 'none'
  );
};
const folders = (rig: Rig, id: number, disk: string): readonly string[] =>
  [
    ...new Set(
      rig
        .host(id)
        .disk(disk)
        .files()
        .map((path) => path.split('/')[0] ?? ''),
    ),
  ].filter((name) => name.startsWith('orders-0'));

describe('a replica that is moved', () => {
  test('lies in the other directory with all its records, and nowhere else', () => {
    const rig = rigOf();
    const leader = rig.leader(orders) ?? 0;
    const producer = rig.producer('all');
    const sent = Array.from({ length: 50 }, (_, index) => rig.send(producer, 'orders', `v${index}`));
    rig.until(() => sent.every(({ outcome }) => outcome !== undefined), 20_000, 'records');
    for (const id of [leader, (leader % 3) + 1]) {
      const from = directoryOf(rig, id);
      const to = other(from);
      expect(move(rig, id, to)).toBe(ErrorCode.NONE);
      rig.until(() => directoryOf(rig, id) === to, 10_000, 'the move');
      expect(folders(rig, id, to)).toEqual(['orders-0']);
      expect(folders(rig, id, from).every((name) => name.endsWith('-delete'))).toBe(true);
    }
    const later = Array.from({ length: 50 }, (_, index) => rig.send(producer, 'orders', `w${index}`));
    rig.until(() => later.every(({ outcome }) => outcome !== undefined), 20_000, 'more records');
    expect(rig.consume('orders', 100).length).toBe(100);
    expect(rig.events('replicaMoved').length).toBe(2);
  });

  test('is told of by DescribeLogDirs as a future one with its lag until it has moved', () => {
    const rig = rigOf({ config: { replicaFetchMaxBytes: 200 } });
    const producer = rig.producer('all');
    sendOneByOne(rig, producer, 40);
    rig.host(1).slowDisk({ perOperationUs: 20_000, bytesPerSecond: 2000 }, other(directoryOf(rig, 1)));
    const to = other(directoryOf(rig, 1));
    expect(move(rig, 1, to)).toBe(ErrorCode.NONE);
    const described = () =>
      rig
        .ask(1, apis.describeLogDirs, { topics: null })
        .results.flatMap(({ logDir, topics }) => topics.flatMap(({ partitions }) => partitions.map((each) => ({ logDir, ...each }))));
    const future = described().find(({ isFutureKey }) => isFutureKey);
    expect(future?.logDir).toBe(to);
    expect(future?.offsetLag).toBeGreaterThan(0);
    rig.until(() => directoryOf(rig, 1) === to, 60_000, 'the move');
    expect(described().map(({ logDir, isFutureKey, offsetLag }) => [logDir, isFutureKey, offsetLag])).toEqual([[to, false, 0]]);
  });

  test('stays where it is when it is asked back, and nothing of the copy is left', () => {
    const rig = rigOf();
    const from = directoryOf(rig, 1);
    const to = other(from);
    rig.host(1).slowDisk({ perOperationUs: 50_000, bytesPerSecond: 2000 }, to);
    expect(move(rig, 1, to)).toBe(ErrorCode.NONE);
    expect(folders(rig, 1, to).some((name) => name.endsWith('-future'))).toBe(true);
    expect(move(rig, 1, from)).toBe(ErrorCode.NONE);
    rig.run(5000);
    expect(directoryOf(rig, 1)).toBe(from);
    expect(folders(rig, 1, to).every((name) => name.endsWith('-delete'))).toBe(true);
    expect(registeredOf(rig, 1)).toBe(from);
  });

  test('that is gone with its topic leaves no copy behind', () => {
    const rig = rigOf();
    const to = other(directoryOf(rig, 1));
    rig.host(1).slowDisk({ perOperationUs: 50_000, bytesPerSecond: 2000 }, to);
    move(rig, 1, to);
    rig.ask(1, apis.deleteTopics, { topics: [{ name: 'orders', topicId: zeroUuid }], timeoutMs: 5000 });
    rig.until(() => disks.every((disk) => folders(rig, 1, disk).every((name) => name.endsWith('-delete'))), 20_000, 'nothing but what is deleted');
  });
});

describe('a request', () => {
  test('is answered for each replica, and kept in mind for one that is not there', () => {
    const rig = new Rig({ disks, brokers: 3 });
    rig.ready();
    expect(move(rig, 1, 'nowhere')).toBe(ErrorCode.LOG_DIR_NOT_FOUND);
    expect(move(rig, 1, 'd2')).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(move(rig, 1, 'd2', 'x'.repeat(249))).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
    rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 3 });
    expect(directoryOf(rig, 1)).toBe('d2');
    rig.until(() => registeredOf(rig, 1) === 'd2', 10_000, 'the controller to know');
    rig.createTopic({ name: 'alone', assignments: [{ partitionIndex: 0, brokerIds: [2] }] });
    expect(move(rig, 1, 'd0', 'alone')).toBe(ErrorCode.REPLICA_NOT_AVAILABLE);
    rig.host(1).failDiskCalls(({ disk }) => disk === 'd1');
    expect(move(rig, 1, 'd1')).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    rig.until(() => rig.events('directoryFailed').length > 0, 60_000, 'the end of d1');
    expect(move(rig, 1, 'd1')).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(move(rig, 1, 'd0')).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  });
});

describe('a directory that fails during a move', () => {
  test.each([
    ['to which the replica moves leaves the replica where it is', 'to'],
    ['from which the replica moves takes the replica from its broker, and the metadata says so', 'from'],
  ])('%s', (_title, which) => {
    const rig = rigOf({ config: { replicaFetchMaxBytes: 200 } });
    const producer = rig.producer('all');
    sendOneByOne(rig, producer, 40);
    const from = directoryOf(rig, 1);
    const to = other(from);
    rig.host(1).slowDisk({ perOperationUs: 20_000, bytesPerSecond: 2000 }, to);
    expect(move(rig, 1, to)).toBe(ErrorCode.NONE);
    rig.run(200);
    rig.host(1).failDiskCalls(({ disk }) => disk === (which === 'to' ? to : from));
    sendOneByOne(rig, producer, 5);
    rig.until(() => rig.events('directoryFailed').length > 0, 60_000, 'the failure');
    const isr = () => rig.broker(2).image.topicByName('orders')?.partitions[0]?.isr.length;
    rig.until(() => isr() === (which === 'to' ? 3 : 2), 20_000, 'the ISR that is left');
    rig.run(5000);
    expect(directoryOf(rig, 1)).toBe(which === 'to' ? from : 'none');
    expect(isr()).toBe(which === 'to' ? 3 : 2);
    expect(registeredOf(rig, 1)).toBe(from);
    expect(rig.events('replicaMoved').length).toBe(0);
    expect(rig.consume('orders', 45).length).toBe(45);
  });
});
