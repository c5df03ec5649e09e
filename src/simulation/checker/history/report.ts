/**
 * Gathers what one anomaly shows at one place into at most two findings: what nothing excuses, and what is excused, with its first reason.
 * Owns the excuses that a history gives by itself: acks, idempotence, what was deleted. For the rest the oracle of replica state is asked.
 */
import { offset as toOffset } from '../../../model/brand.ts';
import type { Finding, Verdict } from '../finding.ts';
import type { GroupWitness, LossOracle, ProducerWitness } from '../state/state-checker.ts';
import type { CompactionEvidence } from './compaction.ts';
import type { Evidence, PartitionEvidence, Send } from './evidence.ts';

/** The name of the checkers of this folder in findings. */
export const checkerName = 'client-history';
/** How many examples a message names. */
const shown = 3;

interface Group {
  readonly anomaly: string;
  readonly place: string;
  readonly verdict: Verdict;
  readonly timeUs: number;
  readonly reason: string | undefined;
  readonly examples: string[];
  count: number;
}

/** What every check of this folder is given. */
export interface Case {
  readonly evidence: Evidence;
  readonly oracle: LossOracle;
  readonly groups: GroupWitness;
  readonly producers: ProducerWitness;
  readonly compaction: CompactionEvidence;
  readonly report: HistoryReport;
}

export class HistoryReport {
  readonly #groups = new Map<string, Group>();

  /** Without an excuse it is a finding. */
  add(anomaly: string, place: string, timeUs: number, example: string, excuse: string | undefined): void {
    this.#add(anomaly, place, excuse === undefined ? 'finding' : 'excused', timeUs, example, excuse);
  }

  unknown(anomaly: string, place: string, timeUs: number, example: string, reason: string): void {
    this.#add(anomaly, place, 'unknown', timeUs, example, reason);
  }

  list(): readonly Finding[] {
    return [...this.#groups.values()].map((group) => {
      const more = group.count > shown ? ` and ${group.count - shown} more` : '';
      const { anomaly, place, timeUs, verdict, reason } = group;
      const finding = { checker: checkerName, anomaly, place, message: `${group.examples.join('; ')}${more}`, timeUs, verdict };
      return reason === undefined ? finding : { ...finding, reason };
    });
  }

  #add(anomaly: string, place: string, verdict: Verdict, timeUs: number, example: string, reason: string | undefined): void {
    const key = `${verdict} ${anomaly} ${place}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { anomaly, place, verdict, timeUs, reason, examples: [], count: 0 };
      this.#groups.set(key, group);
    }
    group.count++;
    if (group.examples.length < shown) group.examples.push(example);
  }
}

/** Why a write that was answered may be gone. */
export function writeExcuse(oracle: LossOracle, evidence: PartitionEvidence, send: Send): string | undefined {
  if (send.operation.acks !== -1) return `acks=${send.operation.acks} does not wait for the in-sync replicas`;
  return lossExcuse(oracle, evidence, send.offset);
}

/** Why somebody who went on by this time may have passed over a committed record at this offset. */
export function passExcuse(oracle: LossOracle, evidence: PartitionEvidence, offset: number, timeUs: number): string | undefined {
  const deleted = oracle.deletedBelow(evidence.partition, timeUs);
  if (offset < deleted) return `below the log start offset ${deleted} of a leader: deleted by retention or DeleteRecords`;
  return lossExcuse(oracle, evidence, offset);
}

/** Why a committed record at this offset may be gone. */
export function lossExcuse(oracle: LossOracle, evidence: PartitionEvidence, offset: number): string | undefined {
  const start = evidence.finalRead?.start ?? 0;
  if (offset < start) return `below the log start offset ${start}: deleted by retention or DeleteRecords`;
  return oracle.lossExcuse(evidence.partition, toOffset(offset));
}
