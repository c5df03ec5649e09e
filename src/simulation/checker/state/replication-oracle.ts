/**
 * The oracle of replication: hears every event of every node, knows the true high watermark and what each log holds, and reports at once
 * what Kafka forbids. Owns the dispatch; each check is in its own file, and each says there what it means.
 *
 * An event costs a look-up of its partition and work on the replicas of that partition, no more: nothing here grows with the length of
 * the logs or the number of partitions, apart from crashes, recoveries and audits.
 */
import type { LogEvent, NodeEvent, ReplicaEvent } from '../../../io/node-event.ts';
import type { Offset } from '../../../model/brand.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { Findings } from '../finding.ts';
import { auditReplicas, type ReplicaAudit } from './audit.ts';
import { checkCompacted } from './compaction-checks.ts';
import { admit, checkCandidates } from './completeness.ts';
import { fenced, partitionState, registered } from './controller-checks.ts';
import * as log from './log-checks.ts';
import { type OracleOptions, OracleState } from './oracle-state.ts';
import { recovered } from './recovery-checks.ts';
import type { LossOracle, StateChecker } from './state-checker.ts';
import { wentDownHard } from './tolerance.ts';
import type { PartitionView, ReplicaView } from './view.ts';
import * as watermark from './watermark-checks.ts';

export type { OracleOptions, ReplicaAudit };

type JudgedReplicaEvent = Exclude<ReplicaEvent, { readonly type: 'outOfRange' | 'diverged' | 'damageReceived' }>;

export class ReplicationOracle implements StateChecker, LossOracle {
  readonly #state: OracleState;

  constructor(findings: Findings, options: OracleOptions) {
    this.#state = new OracleState(findings, options);
  }

  observe(timeUs: number, hostId: number, event: NodeEvent): void {
    const state = this.#state;
    state.timeUs = timeUs;
    switch (event.type) {
      case 'appended':
      case 'truncated':
      case 'logStart':
      case 'synced':
      case 'recovered':
      case 'cleaned':
      case 'logRemoved': {
        const partition = state.partition(event.partition);
        const replica = partition.replica(hostId) ?? state.replica(partition, hostId);
        if (!replica.stray || event.type === 'logRemoved') this.#logEvent(partition, replica, event);
        break;
      }
      case 'role':
      case 'highWatermark':
      case 'isr':
      case 'acknowledged':
      case 'served': {
        const partition = state.partition(event.partition);
        const replica = partition.replica(hostId) ?? state.replica(partition, hostId);
        if (!replica.stray) this.#replicaEvent(partition, replica, event);
        break;
      }
      case 'damageReceived':
        state.finding(event.partition, 'DamageServed', `host ${hostId} was sent a batch at offset ${event.offset} whose checksum is wrong`);
        break;
      case 'partitionState':
        partitionState(state, state.partition(event.partition), event);
        break;
      case 'registered':
        registered(state, event);
        break;
      case 'fenced':
      case 'unfenced':
        fenced(state, event.broker, event.type === 'fenced');
        break;
      case 'brokerState':
        fenced(state, event.broker, event.fenced);
        break;
      case 'running':
        admit(state, state.host(hostId));
        break;
      default:
      // The rest says nothing about replicas.
    }
  }

  crashed(timeUs: number, hostId: number, lossy: boolean): void {
    const state = this.#state;
    state.timeUs = timeUs;
    const host = state.host(hostId);
    host.up = false;
    host.admitted = false;
    host.registered = false;
    for (const { partition, replica } of host.replicas) {
      // A machine that loses power after its process died still loses what was not synced; after a clean stop everything is.
      if (replica.downAs !== 'stop') {
        if (replica.downAs === 'none') replica.memberWhenDown = partition.isCandidate(hostId);
        replica.downAs = lossy || replica.damaged ? 'power' : replica.downAs === 'none' ? 'process' : replica.downAs;
        if (replica.memberWhenDown) wentDownHard(partition, replica);
      }
      this.#forgetMemory(replica);
    }
  }

  stopped(timeUs: number, hostId: number): void {
    const state = this.#state;
    state.timeUs = timeUs;
    const host = state.host(hostId);
    host.up = false;
    host.admitted = false;
    host.registered = false;
    for (const { partition, replica } of host.replicas) {
      if (replica.downAs === 'none') {
        replica.downAs = 'stop';
        replica.memberWhenDown = partition.isCandidate(hostId);
      }
      this.#forgetMemory(replica);
    }
  }

  restarted(timeUs: number, hostId: number): void {
    this.#state.timeUs = timeUs;
    const host = this.#state.host(hostId);
    host.up = true;
    host.admitted = false;
    host.registered = false;
  }

  /** Something that the host stores of the partition, or of all (undefined), is not what was written; or is again. */
  damaged(timeUs: number, hostId: number, name: TopicPartition | undefined, isDamaged: boolean): void {
    this.#state.timeUs = timeUs;
    for (const { partition, replica } of this.#state.host(hostId).replicas)
      if (name === undefined || partition.name === name) replica.damaged = isDamaged;
  }

  wiped(timeUs: number, hostId: number, partitions: ReadonlySet<TopicPartition>): void {
    this.#state.timeUs = timeUs;
    for (const { partition, replica } of this.#state.host(hostId).replicas) {
      if (!partitions.has(partition.name)) continue;
      replica.downAs = 'power';
      if (replica.memberWhenDown || partition.isCandidate(hostId)) wentDownHard(partition, replica);
      replica.log.restartAt(0);
      replica.syncedTo = 0;
      replica.known = true;
      replica.stray = false;
      replica.downAs = 'none';
      replica.damaged = false;
      this.#forgetMemory(replica);
    }
  }

  /** Every candidate of every partition once more. */
  finish(timeUs: number): void {
    this.#state.timeUs = timeUs;
    for (const [, partition] of this.#state.partitions) checkCandidates(this.#state, partition);
  }

  /** Compares what was observed with what the logs really hold, and the logs with one another, from the raw batches. */
  audit(timeUs: number, replicas: readonly ReplicaAudit[]): void {
    this.#state.timeUs = timeUs;
    auditReplicas(this.#state, replicas);
  }

  lossExcuse(name: TopicPartition, offset: Offset): string | undefined {
    const partition = this.#state.partitions.get(name);
    if (partition === undefined) return undefined;
    for (const loss of partition.losses) if (loss.reason !== undefined && offset >= loss.from && offset < loss.to) return loss.reason;
    return offset < partition.committed.highWatermark ? this.#state.excuse(partition, offset + 1) : undefined;
  }

  deletedBelow(name: TopicPartition, timeUs: number): number {
    return this.#state.partitions.get(name)?.deletions.findLast((deletion) => deletion.timeUs <= timeUs)?.below ?? 0;
  }

  /** Why some committed record of the partition may be gone; undefined when none may. */
  anyLossExcuse(name: TopicPartition): string | undefined {
    const partition = this.#state.partitions.get(name);
    if (partition === undefined) return undefined;
    for (const { from, to, reason } of partition.losses) if (from < to && reason !== undefined) return reason;
    return this.#state.excuse(partition, 0);
  }

  /** The largest high watermark that a leader ever exposed and that was not given up since. */
  trueHighWatermark(name: TopicPartition): number {
    return this.#state.partitions.get(name)?.committed.highWatermark ?? 0;
  }

  #forgetMemory(replica: ReplicaView): void {
    if (replica.downAs !== 'none') replica.known = false;
    replica.role = 'none';
    replica.highWatermark = -1;
    replica.exposed = -1;
    replica.coveredTo = -1;
    replica.exposedAtAppend = -1;
    replica.toldAtAppend = -1;
  }

  #logEvent(partition: PartitionView, replica: ReplicaView, event: LogEvent): void {
    switch (event.type) {
      case 'appended':
        log.appended(this.#state, partition, replica, event);
        watermark.appended(this.#state, partition, replica);
        break;
      case 'truncated':
        log.truncated(this.#state, partition, replica, event);
        // What overtook another record may be gone now.
        checkCompacted(this.#state, partition, replica);
        break;
      case 'logStart':
        log.logStart(this.#state, partition, replica, event);
        break;
      case 'synced':
        log.synced(replica, event);
        break;
      case 'recovered':
        recovered(this.#state, partition, replica, event);
        checkCompacted(this.#state, partition, replica);
        break;
      case 'cleaned':
        checkCompacted(this.#state, partition, replica);
        break;
      case 'logRemoved':
        log.logRemoved(partition, replica);
        break;
    }
  }

  #replicaEvent(partition: PartitionView, replica: ReplicaView, event: JudgedReplicaEvent): void {
    switch (event.type) {
      case 'role':
        watermark.role(this.#state, partition, replica, event);
        break;
      case 'highWatermark':
        watermark.highWatermark(this.#state, partition, replica, event);
        break;
      case 'isr':
        watermark.isr(this.#state, partition, replica, event);
        break;
      case 'acknowledged':
        watermark.acknowledged(this.#state, partition, replica, event);
        break;
      case 'served':
        watermark.served(this.#state, partition, replica, event);
        break;
    }
  }
}
