/**
 * What is wrong with a log, held against what it should hold: what readers of committed records get, from where they begin and in the end; which
 * markers are gone; which transactions hang. Owns the verdicts on what stands; those on what a log takes and refuses are play.ts's.
 */
import type { VirtualDisk } from '../../io/virtual/virtual-disk.ts';
import type { PartitionLog } from '../../kafka/log/partition-log.ts';
import { offset } from '../../model/brand.ts';
import type { BatchView } from '../../protocol/records/batch-header.ts';
import { decodeRecords } from '../../protocol/records/decode.ts';
import { endMarkerOf } from '../../protocol/records/end-marker.ts';
import { transactionProblem } from '../checker/state/transaction-audit.ts';
import { openTransactionsOf } from '../crash-state/recovery-audit.ts';
import { partition } from './log-machine.ts';
import type { DataEntry, LogModel, MarkerEntry, WrittenRecord } from './model.ts';
import { keyBytes } from './operation.ts';

/** Hears what is wrong. */
export type Tell = (anomaly: string, message: string) => void;

/** A log at rest. */
export interface Audited {
  readonly log: PartitionLog;
  readonly views: readonly BatchView[];
  readonly disk: VirtualDisk;
  readonly model: LogModel;
  /** Wall time. */
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  /** When a cleaning first came upon the marker at an offset. */
  readonly cleanedMs: ReadonlyMap<number, number>;
}

const never = Number.MAX_SAFE_INTEGER;

/** All that holds at any time. */
export function auditLog(audited: Audited, tell: Tell): void {
  const { log } = audited;
  const middle = log.logStartOffset + Math.floor((log.lastStableOffset - log.logStartOffset) / 2);
  auditReader(audited, log.logStartOffset, tell);
  // Whoever begins in the middle of a transaction is told of it all the same.
  for (const record of readCommitted(audited, middle)) judgeRead(audited, record, tell);
  auditTransactions(audited, tell);
  auditMarkers(audited, tell);
}

/** What holds after a cleaning: below its end nothing aborted is left, and each key stands once. */
export function auditCleaned({ log, views, model }: Audited, tell: Tell): void {
  const seen = new Map<number, number>();
  for (const view of views) {
    if (view.isControl || view.lastOffset >= log.cleanedTo) continue;
    for (const { offset, key } of recordsOf(view)) {
      if (offset < log.logStartOffset) continue;
      const entry = entryAt(model, offset);
      if (entry !== undefined && model.outcomeOf(entry) === 'abort')
        tell('not-compacted', `after a cleaning up to ${log.cleanedTo} the aborted record at ${offset} is left`);
      const before = seen.get(key);
      if (before !== undefined) tell('not-compacted', `after a cleaning up to ${log.cleanedTo} key ${key} stands at ${before} and at ${offset}`);
      seen.set(key, offset);
    }
  }
}

/** The last committed value of each key is read, and nothing that is not committed. */
function auditReader(audited: Audited, from: number, tell: Tell): void {
  const { log, model } = audited;
  const seen = new Map<number, WrittenRecord>();
  for (const record of readCommitted(audited, from)) {
    judgeRead(audited, record, tell);
    seen.set(record.key, record);
  }
  const expected = new Map<number, WrittenRecord>();
  for (const entry of model.entries)
    if (entry.type === 'data' && entry.last < log.lastStableOffset && model.outcomeOf(entry) === 'commit')
      for (const record of entry.records) expected.set(record.key, record);
  for (const [key, record] of expected) {
    const found = seen.get(key);
    if (record.offset >= from && found?.offset !== record.offset)
      tell(
        'lost-write',
        `the last committed value of key ${key} is at ${record.offset}, a reader gets ${found === undefined ? 'none' : `that at ${found.offset}`}`,
      );
  }
}

function judgeRead({ model }: Audited, { offset, key, value }: WrittenRecord, tell: Tell): void {
  const entry = entryAt(model, offset);
  const written = entry?.records.find((record) => record.offset === offset);
  if (entry === undefined || written?.key !== key || written.value !== value)
    tell('never-sent', `the record at ${offset} is not the one that was written there`);
  else if (model.outcomeOf(entry) === 'abort')
    tell('G1a', `a reader gets the record at ${offset}, which producer ${entry.producer} wrote in a transaction that was aborted`);
  else if (model.outcomeOf(entry) === undefined)
    tell('ConsistentRead', `a reader gets the record at ${offset}, which producer ${entry.producer} wrote in a transaction that is not decided`);
}

/** As Kafka's consumer does: it leaves out a producer's batches from the first offset that it was told of to the abort marker. */
function readCommitted({ log, views }: Audited, from: number): readonly WrittenRecord[] {
  const stable = log.lastStableOffset;
  const told = [...log.abortedTransactions(offset(from), stable)];
  told.sort((a, b) => a.firstOffset - b.firstOffset);
  const aborted = new Set<number>();
  const read: WrittenRecord[] = [];
  let next = 0;
  for (const view of views) {
    if (view.lastOffset < from) continue;
    if (view.lastOffset >= stable) break;
    for (let at = told[next]; at !== undefined && at.firstOffset <= view.lastOffset; at = told[++next]) aborted.add(at.producerId);
    if (view.isControl) {
      if (endMarkerOf(view)?.type === 'abort') aborted.delete(view.producerId);
    } else if (!view.isTransactional || !aborted.has(view.producerId))
      for (const record of recordsOf(view)) if (record.offset >= from) read.push(record);
  }
  return read;
}

/** No transaction is open that is over: it would hold the last stable offset for ever. */
function auditTransactions({ log, model }: Audited, tell: Tell): void {
  for (const [producer, firstOffset] of openTransactionsOf(log))
    if (model.openOf(producer) === undefined)
      tell('HangingTransaction', `the transaction that producer ${producer} began at ${firstOffset} is over, and the log waits for its end`);
}

/** A marker stays as long as there is data that it decides, and for delete.retention.ms after a cleaning has come upon it. */
function auditMarkers({ log, views, model, nowMs, deleteRetentionMs, cleanedMs }: Audited, tell: Tell): void {
  const held = new Set<number>();
  const data = new Set<number>();
  for (const view of views)
    if (!view.isControl) data.add(view.baseOffset);
    else if (endMarkerOf(view) !== undefined) held.add(view.baseOffset);
  const gone = (marker: MarkerEntry): boolean => marker.base >= log.logStartOffset && !held.has(marker.base);
  for (const entry of model.entries) {
    if (entry.type !== 'marker' || !gone(entry)) continue;
    const waited = nowMs - (cleanedMs.get(entry.base) ?? nowMs);
    if (waited < deleteRetentionMs)
      tell('MarkerLost', `the ${entry.outcome} marker at ${entry.base} is gone ${waited} ms after the first cleaning, not ${deleteRetentionMs}`);
  }
  for (const { marker, data: batches } of model.transactions) {
    const left = batches.find(({ base, last }) => last >= log.logStartOffset && data.has(base));
    if (marker !== undefined && left !== undefined && gone(marker))
      tell('MarkerLost', `the ${marker.outcome} marker at ${marker.base} is gone, and the batch at ${left.base} that it decides is left`);
  }
}

/** What holds after a start or a cut: the index of aborted transactions, and what is open, are what the batches say. */
export function auditRebuilt({ log, disk }: Audited, tell: Tell): void {
  const stems = disk
    .files()
    .filter((name) => name.startsWith(`${partition}/`) && name.endsWith('.log'))
    .map((name) => name.slice(0, -'.log'.length));
  const segments = stems.map((stem) => ({
    baseOffset: Number(stem.slice(partition.length + 1)),
    log: disk.contents(`${stem}.log`) ?? new Uint8Array(0),
    transactions: disk.contents(`${stem}.txnindex`),
  }));
  // A cleaning that a crash ended has rewritten segments above what is remembered as cleaned.
  const problem = transactionProblem(segments, openTransactionsOf(log), log.logStartOffset, never);
  if (problem !== undefined) tell('RecoveryEquivalence', problem);
}

const entryAt = (model: LogModel, offset: number): DataEntry | undefined =>
  model.entries.find((entry): entry is DataEntry => entry.type === 'data' && entry.base <= offset && offset <= entry.last);

function recordsOf(view: BatchView): readonly WrittenRecord[] {
  const records = decodeRecords(view);
  if (!records.ok) return [];
  return records.value.map(({ offset, key, value }) => ({
    offset,
    key: key?.[keyBytes - 1] ?? -1,
    value: ((value?.[0] ?? 0) << 8) | (value?.[1] ?? 0),
  }));
}
