/**
 * What must hold after all faults are healed and the cluster was left alone: every broker in, every partition led, every ISR full,
 * everything acknowledged on every replica, every request answered once, every group at rest with one owner for each of its partitions.
 * Owns the judgement over a plain snapshot, which the harness takes.
 */
import type { BrokerId, Offset } from '../../model/brand.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Finding } from './finding.ts';
import type { GroupStanding } from './state/group-oracle.ts';

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
  /** One past the last offset that was acknowledged with acks=all; 0 for none. */
  readonly acknowledgedEnd: Offset;
  /** Why acknowledged records of it may be gone, if faults went beyond tolerance. */
  readonly excuse: string | undefined;
}
export interface RequestSnapshot {
  /** What it was, for people. */
  readonly name: string;
  /** Its client still runs and did not give it up. */
  readonly expectsAnswer: boolean;
  /** Terminal answers (result, error, timeout) that it got. */
  readonly answers: number;
}
/** A group that has members, as its coordinator has it. */
export interface GroupSnapshot {
  readonly group: string;
  /** Undefined while no broker coordinates it. */
  readonly standing: GroupStanding | undefined;
  /** Partitions of the topics that its members subscribe to. */
  readonly partitions: readonly TopicPartition[];
  /** Those that came after the topic. */
  readonly added: ReadonlySet<TopicPartition>;
}
export interface ClusterSnapshot {
  readonly timeUs: number;
  readonly brokers: readonly BrokerSnapshot[];
  readonly partitions: readonly PartitionSnapshot[];
  readonly requests: readonly RequestSnapshot[];
  readonly groups: readonly GroupSnapshot[];
}

/** The name of this checker in findings. */
export const livenessName = 'liveness';
type Report = (anomaly: string, place: string, message: string, excuse?: string) => void;

/** All that has not converged. A machine that is down at the end stays out of what is asked of the others. */
export function checkLiveness(snapshot: ClusterSnapshot): readonly Finding[] {
  const findings: Finding[] = [];
  const report: Report = (anomaly, place, message, excuse) => {
    const finding = { checker: livenessName, anomaly, place, message, timeUs: snapshot.timeUs };
    findings.push(excuse === undefined ? { ...finding, verdict: 'finding' } : { ...finding, verdict: 'excused', reason: excuse });
  };
  const up = new Set<BrokerId>();
  for (const broker of snapshot.brokers) {
    if (broker.up) up.add(broker.id);
    if (broker.up && broker.fenced) report('broker-fenced', `broker ${broker.id}`, `broker ${broker.id} runs and is still fenced`);
  }
  for (const partition of snapshot.partitions) checkPartition(partition, up, report);
  for (const request of snapshot.requests) {
    if (request.answers > 1) report('answered-twice', request.name, `${request.name} got ${request.answers} terminal answers`);
    else if (request.answers === 0 && request.expectsAnswer) report('unanswered', request.name, `${request.name} got no answer`);
  }
  for (const group of snapshot.groups) checkGroup(group, snapshot.timeUs, report);
  return findings;
}

function checkPartition(partition: PartitionSnapshot, up: ReadonlySet<BrokerId>, report: Report): void {
  const place = partition.partition;
  const live = partition.replicas.filter((id) => up.has(id));
  if (partition.leader < 0 || !up.has(partition.leader)) {
    const electable = [...partition.isr, ...partition.elr].filter((id) => up.has(id));
    const members = `ISR ${show(partition.isr)}, ELR ${show(partition.elr)}, running ${show(live)}`;
    if (electable.length > 0) report('leaderless', place, `${place} has no running leader although ${show(electable)} may lead: ${members}`);
    // With nobody in sync or eligible the last known leader takes over; with members that are down the partition waits for them (KIP-966).
    else if (partition.isr.length === 0 && partition.elr.length === 0 && live.length === partition.replicas.length)
      report('leaderless', place, `${place} has no leader although all replicas run: ${members}`);
    else report('leaderless', place, `${place} has no running leader: ${members}`, 'no member of ISR ∪ ELR runs');
    return;
  }
  const missing = live.filter((id) => !partition.isr.includes(id));
  if (missing.length > 0) report('isr-not-refilled', place, `${place} has the ISR ${show(partition.isr)}, ${show(missing)} run and are not in it`);
  const short = live.filter((id) => (partition.logEnds.get(id) ?? 0) < partition.acknowledgedEnd);
  if (short.length > 0) {
    const ends = short.map((id) => `${id} at ${partition.logEnds.get(id) ?? 0}`).join(', ');
    report(
      'not-fully-replicated',
      place,
      `${place} was acknowledged up to ${partition.acknowledgedEnd}, replicas end before: ${ends}`,
      partition.excuse,
    );
  }
}

function checkGroup({ group, standing, partitions, added }: GroupSnapshot, nowUs: number, report: Report): void {
  if (standing === undefined) {
    report('rebalance-stuck', group, `nobody coordinates ${group}`);
    return;
  }
  const { state, sinceUs, described, owners, leaderReturned } = standing;
  // As it was loaded it is Stable or Empty; who owns what is known once it has said so.
  if (state !== 'Stable' && state !== 'loaded') {
    report('rebalance-stuck', group, `${group} is ${state} for ${Math.floor((nowUs - sinceUs) / 1000)} ms: ${described}`);
    return;
  }
  if (owners === undefined) return;
  for (const partition of partitions) {
    const count = owners.get(partition) ?? 0;
    if (count === 1) continue;
    const what = `${partition} has ${count} owners in ${group}, which is ${state}: ${described}`;
    report('not-owned', `${group} ${partition}`, what, count === 0 && leaderReturned && added.has(partition) ? unseenByLeader : undefined);
  }
}

const unseenByLeader = 'the static leader of the group restarted: it takes the partitions that it finds for those that it had shared out (KIP-814)';

const show = (ids: readonly BrokerId[]): string => `{${ids.join(', ')}}`;
