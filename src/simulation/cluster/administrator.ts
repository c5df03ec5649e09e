/**
 * What an administrator does to a cluster, by its admin client, as `kafka-topics.sh`, `kafka-reassign-partitions.sh` and `kafka-leader-election.sh`
 * do it. Owns which replica leads next; what comes of it is seen in the cluster.
 */
import type { World } from '../../io/world.ts';
import type { Admin } from '../../kafka/client/admin.ts';
import { ErrorCode, errorName } from '../../model/error-code.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { PartitionView } from './view.ts';

export interface Administrator {
  moveLeader(partition: TopicPartition): void;
  addPartitions(topic: string, more: number): void;
  /** To the directory after the one in which the broker holds it. */
  moveReplica(partition: TopicPartition, broker: number): void;
}

/** What an administrator knows of a cluster. */
export interface KnownPartitions {
  readonly partitions: ReadonlyMap<TopicPartition, PartitionView>;
  /** 0 for a topic that is not there. */
  partitionCount(topic: string): number;
}

/** The next replica in the ISR; undefined while there is none but the leader. */
export const nextLeader = (known: PartitionView | undefined): number | undefined =>
  known?.replicas.find((id) => id !== known.leader && known.isr.includes(id));

/** `refused` hears, in a sentence, of what was asked for and was answered with an error. */
export function administratorOf(
  world: World,
  admin: Admin,
  view: KnownPartitions,
  refused: (problem: string) => void = () => undefined,
): Administrator {
  const check = (what: string, error: number): void => {
    if (error !== ErrorCode.NONE) refused(`${what} was refused: ${errorName(error)}`);
  };
  return {
    addPartitions: (topic, more) =>
      world.on('requests', () =>
        admin.createPartitions([{ name: topic, count: view.partitionCount(topic) + more }], (results) => {
          for (const { error } of results) check(`add-partitions of ${topic}`, error);
        }),
      ),
    moveReplica: (partition, broker) =>
      world.on('requests', () =>
        admin.describeLogDirs(broker, (directories) => {
          const at = directories.findIndex(({ replicas }) => replicas.includes(partition));
          const next = directories[(at + 1) % directories.length];
          if (at < 0 || next === undefined) return;
          admin.alterReplicaLogDir(partition, broker, next.name, (error) => check(`move-replica of ${partition} on broker ${broker}`, error));
        }),
      ),
    // The next replica in the ISR becomes the preferred leader, and is then elected.
    moveLeader(partition) {
      const known = view.partitions.get(partition);
      const next = nextLeader(known);
      if (known === undefined || next === undefined) return;
      const replicas = [next, ...known.replicas.filter((id) => id !== next)];
      const elected = (error: number): void => check(`move-leader of ${partition}`, error);
      world.on('requests', () => admin.reassignPartition(partition, replicas, () => admin.electPreferredLeader(partition, elected)));
    },
  };
}
