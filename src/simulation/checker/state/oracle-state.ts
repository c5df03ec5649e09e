/**
 * What all checks of replica state share: the views, the clock, the way to report. Owns the decision whether losing committed records is
 * excused or a finding; it is never silent about either.
 *
 * What Kafka 4 promises with acks=all (KIP-966): a committed record survives as long as fewer than min.insync.replicas replicas that count
 * (in ISR or ELR) go down unclean before they are back in the ISR. The high watermark stands still below min ISR, so every committed record
 * is on all of ISR and ELR, which are at least min ISR many; a broker that cannot prove a clean stop leaves both; elections take only from
 * them. A leader from elsewhere (`unclean`) may lack records: by configuration, or as the last known leader when ISR and ELR are empty.
 */
import type { BatchSummary } from '../../../io/node-event.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { Findings } from '../finding.ts';
import { CompactedHistory, type CompactedTopics } from './compacted.ts';
import { HostView, type PartitionView, ReplicaView, PartitionView as View } from './view.ts';

/** The name of the checkers of this folder in findings. */
export const checkerName = 'replication-state';

export interface OracleOptions {
  /** The batches that lie on a host's disk for a partition, whole and intact ones up to the first that is not. */
  readonly stored: (hostId: number, partition: TopicPartition) => readonly BatchSummary[];
  /** unclean.leader.election.enable of a partition's topic. Default: false for all. */
  readonly uncleanElectionEnabled?: (partition: TopicPartition) => boolean;
  /** Where compaction may work. Default: nowhere. */
  readonly compaction?: CompactedTopics;
}

export class OracleState {
  timeUs = 0;
  readonly hosts = new Map<number, HostView>();
  readonly partitions = new Map<TopicPartition, PartitionView>();
  readonly stored: OracleOptions['stored'];
  readonly compaction: CompactedTopics | undefined;
  readonly #findings: Findings;
  readonly #uncleanElectionEnabled: (partition: TopicPartition) => boolean;

  constructor(findings: Findings, options: OracleOptions) {
    this.stored = options.stored;
    this.compaction = options.compaction;
    this.#findings = findings;
    this.#uncleanElectionEnabled = options.uncleanElectionEnabled ?? (() => false);
  }

  host(id: number): HostView {
    let host = this.hosts.get(id);
    if (host === undefined) {
      host = new HostView(id);
      this.hosts.set(id, host);
    }
    return host;
  }

  partition(name: TopicPartition): PartitionView {
    let partition = this.partitions.get(name);
    if (partition === undefined) {
      const deleteRetentionMs = this.compaction?.deleteRetentionMs(name);
      partition = new View(name, deleteRetentionMs === undefined ? undefined : new CompactedHistory(deleteRetentionMs));
      this.partitions.set(name, partition);
    }
    return partition;
  }

  replica(partition: PartitionView, hostId: number): ReplicaView {
    const known = partition.replica(hostId);
    if (known !== undefined) return known;
    const host = this.host(hostId);
    const replica = new ReplicaView(host);
    partition.replicas.push(replica);
    host.replicas.push({ partition, replica });
    return replica;
  }

  uncleanElectionEnabled(partition: PartitionView): boolean {
    return this.#uncleanElectionEnabled(partition.name);
  }

  /** Something that nothing excuses. */
  finding(place: string, anomaly: string, message: string): void {
    this.#findings.report({ checker: checkerName, anomaly, place, message, timeUs: this.timeUs, verdict: 'finding' });
  }

  /** A replica lacks committed records in [from, to): excused or a finding. Answers the excuse. */
  lacks(partition: PartitionView, anomaly: string, from: number, to: number, message: string): string | undefined {
    const reason = this.excuse(partition, to);
    this.report(partition, anomaly, `${message}; of the committed offsets [${from}, ${to}) are missing or different`, reason);
    return reason;
  }

  /** With a reason it is excused, else a finding. */
  report(partition: PartitionView, anomaly: string, message: string, reason: string | undefined): void {
    const { timeUs } = this;
    const place = partition.name;
    if (reason === undefined) this.finding(place, anomaly, message);
    else this.#findings.report({ checker: checkerName, anomaly, place, message, timeUs, verdict: 'excused', reason });
  }

  /** Why committed records below `to` may be missing right now; undefined when they may not. */
  excuse(partition: PartitionView, to: number): string | undefined {
    if (partition.uncleanElection !== undefined) return partition.uncleanElection;
    return to <= partition.excusedBelow ? partition.toleranceExceeded : undefined;
  }
}
