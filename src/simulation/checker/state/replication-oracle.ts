/**
 * The oracle of replication: shell, being filled in.
 */
import type { BatchSummary, NodeEvent } from '../../../io/node-event.ts';
import type { Offset } from '../../../model/brand.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { Findings } from '../finding.ts';
import type { LossOracle, StateChecker } from './state-checker.ts';

export interface OracleOptions {
  /** unclean.leader.election.enable of a topic's partition. Default: false for all. */
  readonly uncleanElectionEnabled?: (partition: TopicPartition) => boolean;
}
/** What a replica's log really holds, read back from its files. */
export interface ReplicaAudit {
  readonly hostId: number;
  readonly partition: TopicPartition;
  readonly logStart: Offset;
  readonly logEnd: Offset;
  readonly batches: readonly BatchSummary[];
}

export class ReplicationOracle implements StateChecker, LossOracle {
  constructor(_findings: Findings, _options: OracleOptions = {}) {}
  observe(_timeUs: number, _hostId: number, _event: NodeEvent): void {}
  crashed(_timeUs: number, _hostId: number, _lossy: boolean): void {}
  stopped(_timeUs: number, _hostId: number): void {}
  restarted(_timeUs: number, _hostId: number): void {}
  wiped(_timeUs: number, _hostId: number): void {}
  finish(_timeUs: number): void {}
  /** Compares what was observed with what is really there; reports every difference. */
  audit(_timeUs: number, _replicas: readonly ReplicaAudit[]): void {}
  lossExcuse(_partition: TopicPartition, _offset: Offset): string | undefined {
    return undefined;
  }
}
