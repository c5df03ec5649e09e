import { expect, test } from 'vitest';
import { brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { ClusterView } from '../../../src/simulation/cluster/view.ts';

const partition = topicPartition('orders', 0);

/** A partition with one replica that took `end` records and committed them, and whose node then ended. */
function stoppedView(end: number): ClusterView {
  const view = new ClusterView();
  const replicas = [brokerId(1)];
  const state = { leader: brokerId(1), leaderEpoch: leaderEpoch(0), partitionEpoch: 0, replicas, isr: replicas, elr: [], minIsr: 1 };
  view.observe(1000, { type: 'partitionState', partition, ...state });
  view.observe(1, { type: 'appended', partition, base: offset(0), last: offset(end - 1), epoch: leaderEpoch(0), crc: 1 });
  view.observe(1, { type: 'highWatermark', partition, offset: offset(end) });
  expect(view.unsettled(partition)).toBeUndefined();
  view.ended(1);
  return view;
}

const recovered = (logEnd: number, highWatermark: number) =>
  ({
    type: 'recovered',
    partition,
    logStart: offset(0),
    logEnd: offset(logEnd),
    highWatermark: offset(highWatermark),
    clean: false,
  }) as const;

test('a partition to which nothing is written after a restart is settled when the checkpoint has all of it committed', () => {
  const view = stoppedView(9);
  view.observe(1, recovered(9, 9));
  expect(view.unsettled(partition)).toBeUndefined();
});

test('a partition whose checkpointed high watermark is behind is not settled', () => {
  const view = stoppedView(9);
  view.observe(1, recovered(9, 5));
  expect(view.unsettled(partition)).toBe('orders-0 is committed to 5 of 9 on its leader 1');
});
