/** Takes the plain snapshot that the liveness check judges, from what the harness knows of its cluster and its clients. */
import { type BrokerId, brokerId, type Offset, offset } from '../../model/brand.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { ClusterSnapshot, GroupSnapshot, PartitionSnapshot, RequestSnapshot } from '../checker/liveness.ts';
import type { GroupOracle } from '../checker/state/group-oracle.ts';
import type { LossOracle } from '../checker/state/state-checker.ts';
import type { SimulatedCluster } from '../cluster/cluster.ts';
import { brokerName } from '../cluster/settings.ts';
import type { History } from '../history/history.ts';
import type { Scenario } from '../scenario.ts';

export function snapshotOf(
  { cluster: plan, workload }: Scenario,
  partitionsOf: (topic: string) => readonly TopicPartition[],
  cluster: SimulatedCluster,
  history: History,
  acknowledged: ReadonlyMap<TopicPartition, number>,
  oracle: LossOracle,
  groupOracle: GroupOracle,
): ClusterSnapshot {
  const partitions = plan.topics.flatMap(({ name }) => partitionsOf(name));
  return {
    timeUs: cluster.simulator.nowUs,
    brokers: Array.from({ length: plan.brokers }, (_, index) => ({
      id: brokerId(index + 1),
      up: cluster.isUp(brokerName(index + 1)),
      fenced: !cluster.view.unfenced.has(index + 1),
    })),
    partitions: partitions.map((partition) => partitionSnapshot(cluster, partition, acknowledged.get(partition) ?? 0, oracle)),
    requests: requestsOf(history),
    groups: (workload.groups ?? []).map(
      ({ id, topics }): GroupSnapshot => ({
        group: id,
        standing: groupOracle.standing(id),
        partitions: topics.flatMap(partitionsOf),
        added: new Set(plan.topics.flatMap(({ name, partitions: planned }) => partitionsOf(name).slice(planned))),
      }),
    ),
  };
}

function partitionSnapshot(cluster: SimulatedCluster, partition: TopicPartition, acknowledgedEnd: number, oracle: LossOracle): PartitionSnapshot {
  const view = cluster.view.partitions.get(partition);
  const logEnds = new Map<BrokerId, Offset>();
  for (const [id, end] of view?.logEnds ?? []) logEnds.set(brokerId(id), offset(end));
  const excuse = acknowledgedEnd === 0 ? undefined : oracle.lossExcuse(partition, offset(acknowledgedEnd - 1));
  return {
    partition,
    leader: brokerId(view?.leader ?? -1),
    replicas: view?.replicas ?? [],
    isr: view?.isr ?? [],
    elr: view?.elr ?? [],
    logEnds,
    acknowledgedEnd: offset(acknowledgedEnd),
    excuse,
  };
}

/** Sends without an end. Polls and reads are endless by nature. */
function requestsOf(history: History): readonly RequestSnapshot[] {
  const open: RequestSnapshot[] = [];
  for (const { operation, completion } of history.operations)
    if (operation.type === 'send' && completion === undefined) open.push({ name: `send of ${operation.value}`, expectsAnswer: true, answers: 0 });
  return open;
}
