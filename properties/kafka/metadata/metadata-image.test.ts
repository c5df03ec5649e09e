import { describe, expect, it } from 'vitest';
import { MetadataImage } from '../../../src/kafka/metadata/metadata-image.ts';
import type { MetadataRecord } from '../../../src/kafka/metadata/metadata-record.ts';
import { partitionChangeRecordOf, partitionRecordOf } from '../../../src/kafka/metadata/replay.ts';
import { effectiveMinIsr, minInsyncReplicas, uncleanElectionEnabled } from '../../../src/kafka/metadata/topic-settings.ts';
import { brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { uuidFromWords } from '../../../src/model/uuid.ts';
import { registration } from '../controller/node.ts';

const id = uuidFromWords(1, 2, 3, 4);
const ids = (...raw: readonly number[]) => raw.map(brokerId);

function applied(image: MetadataImage, ...records: readonly MetadataRecord[]) {
  const base = offset(image.offset + 1);
  return image.apply({ base, last: offset(base + records.length - 1), epoch: leaderEpoch(1), records });
}

const topic: MetadataRecord = { type: 'topic', value: { name: 'orders', topicId: id } };
const partition = (index: number): MetadataRecord => ({
  type: 'partition',
  value: partitionRecordOf({
    topicId: id,
    topic: 'orders',
    index,
    replicas: ids(1, 2, 3),
    isr: ids(1, 2),
    elr: [],
    lastKnownElr: [],
    leader: brokerId(1),
    leaderEpoch: leaderEpoch(0),
    partitionEpoch: 0,
    recovering: false,
    addingReplicas: [],
    removingReplicas: [],
    directories: [id, id, id],
  }),
});
const broker = (number: number): MetadataRecord => {
  const { listeners, incarnationId, features, logDirs } = registration(number, 1);
  return {
    type: 'registerBroker',
    value: {
      brokerId: number,
      isMigratingZkBroker: false,
      incarnationId,
      brokerEpoch: 5,
      endPoints: listeners,
      features,
      rack: null,
      fenced: true,
      inControlledShutdown: false,
      logDirs,
      cordonedLogDirs: null,
    },
  };
};
const config = (resourceType: number, resourceName: string, name: string, value: string | null): MetadataRecord => ({
  type: 'config',
  value: { resourceType, resourceName, name, value },
});

describe('a metadata image', () => {
  it('finds a topic by name and id, and its partitions by number', () => {
    const image = new MetadataImage();
    const delta = applied(image, topic, partition(0), partition(1));
    expect(image.topicByName('orders')).toBe(image.topicById(id));
    expect(image.partition(id, 1)?.index).toBe(1);
    expect(image.partition(id, 2)).toBeUndefined();
    expect(delta.topicsCreated.map((each) => each.partitions.length)).toEqual([2]);
    expect(delta.partitions.map(({ before, after }) => [before, after?.index])).toEqual([
      [undefined, 0],
      [undefined, 1],
    ]);
    expect(image.offset).toBe(2);
  });

  it('keeps what a partition was before, and folds two changes of one batch into one', () => {
    const image = new MetadataImage();
    applied(image, topic, partition(0));
    const before = image.partition(id, 0);
    if (before === undefined) throw new Error('there is a partition');
    const once = { ...before, isr: ids(1) };
    const twice = { ...once, leader: brokerId(2), isr: ids(2) };
    const delta = applied(
      image,
      { type: 'partitionChange', value: partitionChangeRecordOf(before, once, false) },
      { type: 'partitionChange', value: partitionChangeRecordOf(once, twice, true) },
    );
    expect(delta.partitions).toHaveLength(1);
    expect(delta.partitions[0]?.before).toBe(before);
    expect(delta.partitions[0]?.after).toMatchObject({ isr: [2], leader: 2, leaderEpoch: 1, partitionEpoch: 2, replicas: [1, 2, 3] });
    expect(before.isr).toEqual([1, 2]);
  });

  it('forgets a topic with its partitions and configs', () => {
    const image = new MetadataImage();
    applied(image, topic, config(2, 'orders', 'retention.ms', '5'), partition(0));
    const delta = applied(image, { type: 'removeTopic', value: { topicId: id } });
    expect(image.topicByName('orders')).toBeUndefined();
    expect(image.topicById(id)).toBeUndefined();
    expect(image.topicConfig('orders').size).toBe(0);
    expect(delta.topicsDeleted.map((each) => each.name)).toEqual(['orders']);
    expect(delta.partitions.map(({ before, after }) => [before?.index, after])).toEqual([[0, undefined]]);
    expect(delta.configs).toEqual([{ resourceType: 2, resourceName: 'orders', name: 'retention.ms', value: null }]);
  });

  it('follows a broker from registration over fencing to its end', () => {
    const image = new MetadataImage();
    applied(image, broker(1));
    expect(image.brokers.get(brokerId(1))).toMatchObject({ id: 1, epoch: 5, fenced: true, host: 'broker-1', port: 9092 });
    const unchanged = { brokerId: 1, brokerEpoch: 5, fenced: 0, inControlledShutdown: 0, logDirs: [], cordonedLogDirs: null };
    const delta = applied(image, { type: 'brokerRegistrationChange', value: { ...unchanged, fenced: -1 } });
    expect(delta.brokers.map(({ before, after }) => [before?.fenced, after?.fenced])).toEqual([[true, false]]);
    applied(image, { type: 'brokerRegistrationChange', value: { ...unchanged, inControlledShutdown: 1 } });
    expect(image.brokers.get(brokerId(1))).toMatchObject({ fenced: false, inControlledShutdown: true });
    applied(image, { type: 'unregisterBroker', value: { brokerId: 1, brokerEpoch: 5 } });
    expect(image.brokers.size).toBe(0);
  });

  it('breaks on a batch out of order, and on a change of what it does not know', () => {
    const image = new MetadataImage();
    expect(() => image.apply({ base: offset(1), last: offset(1), epoch: leaderEpoch(1), records: [topic] })).toThrow('in order');
    applied(image, topic);
    expect(() => applied(image, topic)).toThrow('created once');
    expect(() => applied(new MetadataImage(), { type: 'removeTopic', value: { topicId: id } })).toThrow('known topic');
    const change = { brokerId: 1, brokerEpoch: 4, fenced: 1, inControlledShutdown: 0, logDirs: [], cordonedLogDirs: null };
    const other = new MetadataImage();
    applied(other, broker(1));
    expect(() => applied(other, { type: 'brokerRegistrationChange', value: change })).toThrow('current registration');
  });

  it('clears eligible replicas of one topic or of all, and of no partition that has none', () => {
    const image = new MetadataImage();
    const eligible = partition(0);
    if (eligible.type !== 'partition') throw new Error('a partition record');
    applied(image, topic, { type: 'partition', value: { ...eligible.value, eligibleLeaderReplicas: [3] } }, partition(1));
    const delta = applied(image, { type: 'clearElr', value: { topicName: '' } });
    expect(delta.partitions.map(({ after }) => [after?.index, after?.elr, after?.partitionEpoch])).toEqual([[0, [], 1]]);
    expect(applied(image, { type: 'clearElr', value: { topicName: 'orders' } }).partitions).toEqual([]);
  });

  it('says a topic setting by the topic, else the cluster, else the node', () => {
    const image = new MetadataImage();
    applied(image, topic, partition(0));
    const registered = image.partition(id, 0);
    if (registered === undefined) throw new Error('there is a partition');
    expect(minInsyncReplicas(image, 'orders', 1)).toBe(1);
    applied(image, config(4, '', 'min.insync.replicas', '2'), config(4, '', 'unclean.leader.election.enable', 'true'));
    expect([minInsyncReplicas(image, 'orders', 1), uncleanElectionEnabled(image, 'orders', false)]).toEqual([2, true]);
    applied(image, config(2, 'orders', 'min.insync.replicas', '7'), config(2, 'orders', 'unclean.leader.election.enable', 'false'));
    expect([minInsyncReplicas(image, 'orders', 1), uncleanElectionEnabled(image, 'orders', true)]).toEqual([7, false]);
    expect(effectiveMinIsr(image, registered, 1)).toBe(3);
    applied(image, config(2, 'orders', 'min.insync.replicas', null));
    expect(minInsyncReplicas(image, 'orders', 1)).toBe(2);
  });
});
