/**
 * Recovers a log from one content of its disk and says what is wrong with the result: a start that fails, a synced batch lost, a torn or a strange
 * one kept, indexes, epoch cache or producers that a rebuild from the batches would not give (RecoveryEquivalence).
 */
import type { PartitionLog } from '../../kafka/log/partition-log.ts';
import { InvariantViolation } from '../../model/invariant.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { BatchView, batchHeaderBytes } from '../../protocol/records/batch-header.ts';
import { isWhatIsLeft } from '../checker/state/compacted.ts';
import { indexProblem } from '../checker/state/index-audit.ts';
import { storedBatch } from '../checker/state/stored-batch.ts';
import { type OpenTransactions, transactionProblem } from '../checker/state/transaction-audit.ts';
import type { PromisedBatch } from './compaction-rights.ts';
import { crashLogConfig, LogHost, type LogPlan } from './log-host.ts';
import type { LogPromise } from './promise.ts';
import type { DiskContent } from './recorded-disk.ts';

/** What is wrong after a recovery from this content; undefined when nothing is. */
export function recoveryProblem(content: DiskContent, partition: TopicPartition, promise: LogPromise, plan: LogPlan): string | undefined {
  const host = new LogHost(content, plan);
  try {
    host.boot();
  } catch (error) {
    if (error instanceof InvariantViolation) return `the start breaks an invariant: ${error.message}`;
    throw error;
  }
  return problemOf(host, partition, promise);
}

function problemOf(host: LogHost, partition: TopicPartition, promise: LogPromise): string | undefined {
  if (host.loaded === undefined) return 'the logs do not open';
  if (!host.loaded.ok) return `the logs do not open: ${host.loaded.error}`;
  if (host.offline) return 'the log directory is offline';
  const log = host.manager.get(partition);
  const mustHold = (promise.histories[0] ?? []).filter((batch) => batch.last >= promise.logStart && batch.last < promise.syncedTo);
  if (log === undefined) return mustHold.length === 0 ? undefined : 'there is no log';
  const views = viewsOf(host.disk.content(), partition);
  if (typeof views === 'string') return views;
  return (
    contentProblem(views, log, promise, mustHold) ??
    indexesProblem(host.disk.content(), partition) ??
    epochProblem(views, log, promise.overtaken.size > 0) ??
    producerProblem(views, log) ??
    transactionsProblem(host.disk.content(), partition, log, Math.max(-1, ...promise.overtaken) + 1)
  );
}

function contentProblem(views: readonly BatchView[], log: PartitionLog, promise: LogPromise, mustHold: readonly PromisedBatch[]): string | undefined {
  const end = views.length === 0 ? log.logStartOffset : (views[views.length - 1]?.lastOffset ?? -1) + 1;
  if (log.logEndOffset !== end) return `the log ends at ${log.logEndOffset}, its batches at ${end}`;
  if (log.logStartOffset > promise.logStart && log.logStartOffset !== promise.startsAt)
    return `the log starts at ${log.logStartOffset}, told was ${promise.logStart}`;
  if (!promise.histories.some((history) => isPart(views, history, promise.overtaken)))
    return `the log holds ${text(views)}, which no history is: ${promise.histories.map(textOf).join(' or ')}`;
  for (const batch of mustHold)
    if (!mayBeGone(batch, promise.overtaken) && !views.some((view) => isLeftOf(view, batch, promise.overtaken)))
      return `the synced batch at ${batch.base} is lost`;
  return undefined;
}

/** Are these consecutive batches of a history, up to one of them, less what compaction may take out? */
function isPart(views: readonly BatchView[], history: readonly PromisedBatch[], overtaken: ReadonlySet<number>): boolean {
  const first = views[0];
  if (first === undefined) return true;
  let at = history.findIndex((batch) => batch.base === first.baseOffset);
  if (at < 0) return false;
  for (const view of views) {
    for (let batch = history[at]; batch !== undefined && batch.base < view.baseOffset && mayBeGone(batch, overtaken); batch = history[at]) at++;
    if (!isLeftOf(view, history[at++], overtaken)) return false;
  }
  return true;
}

const mayBeGone = ({ records }: PromisedBatch, overtaken: ReadonlySet<number>): boolean => records.every(({ offset }) => overtaken.has(offset));

/** The batch as it was written, or what compaction may leave of it. */
function isLeftOf(view: BatchView, batch: PromisedBatch | undefined, overtaken: ReadonlySet<number>): boolean {
  if (batch === undefined || same(view, batch)) return batch !== undefined;
  if (view.baseOffset !== batch.base || view.lastOffset !== batch.last || view.leaderEpoch !== batch.epoch) return false;
  const { records } = storedBatch(view);
  const kept = new Set(records.map(({ offset }) => offset));
  const touched = batch.records.filter(({ offset }) => overtaken.has(offset));
  return touched.length > 0 && isWhatIsLeft(records, batch.records) && batch.records.every(({ offset }) => kept.has(offset) || overtaken.has(offset));
}

const same = (view: BatchView, batch: PromisedBatch): boolean =>
  view.baseOffset === batch.base && view.lastOffset === batch.last && view.leaderEpoch === batch.epoch && view.crc === batch.crc;

const text = (views: readonly BatchView[]): string => views.map((view) => `${view.baseOffset}@${view.leaderEpoch}`).join(' ') || 'nothing';
const textOf = (history: readonly PromisedBatch[]): string => history.map((batch) => `${batch.base}@${batch.epoch}`).join(' ') || 'nothing';

/** All batches of the partition's segments, or what is wrong with one. */
function viewsOf(content: DiskContent, partition: TopicPartition): readonly BatchView[] | string {
  const views: BatchView[] = [];
  for (const path of segmentsOf(content, partition)) {
    const bytes = content.files.get(`${path}.log`) ?? new Uint8Array(0);
    for (let at = 0; at < bytes.length; ) {
      if (at + batchHeaderBytes > bytes.length) return `${path} ends with a torn batch`;
      const view = new BatchView(bytes, at);
      if (view.byteLength < batchHeaderBytes || at + view.byteLength > bytes.length || !view.isIntact) return `${path} holds a torn batch at ${at}`;
      views.push(view);
      at += view.byteLength;
    }
  }
  return views;
}

function segmentsOf(content: DiskContent, partition: TopicPartition): readonly string[] {
  return [...content.files.keys()]
    .filter((path) => path.startsWith(`${partition}/`) && path.endsWith('.log'))
    .map((path) => path.slice(0, -'.log'.length))
    .sort();
}

function indexesProblem(content: DiskContent, partition: TopicPartition): string | undefined {
  const paths = segmentsOf(content, partition);
  for (const [index, path] of paths.entries()) {
    const log = content.files.get(`${path}.log`);
    const offsets = content.files.get(`${path}.index`);
    const times = content.files.get(`${path}.timeindex`);
    if (log === undefined || offsets === undefined || times === undefined) return `${path} lacks an index`;
    const segment = { baseOffset: Number(path.slice(partition.length + 1)), log, offsets, times, sealed: index < paths.length - 1 };
    const problem = indexProblem(segment, crashLogConfig.indexIntervalBytes);
    if (problem !== undefined) return `${path}: ${problem}`;
  }
  return undefined;
}

function transactionsProblem(content: DiskContent, partition: TopicPartition, log: PartitionLog, compactedTo: number): string | undefined {
  const segments = segmentsOf(content, partition).map((path) => ({
    baseOffset: Number(path.slice(partition.length + 1)),
    log: content.files.get(`${path}.log`) ?? new Uint8Array(0),
    transactions: content.files.get(`${path}.txnindex`),
  }));
  return transactionProblem(segments, openTransactionsOf(log), log.logStartOffset, compactedTo);
}

/** By producer, where its open transaction begins. */
export function openTransactionsOf(log: PartitionLog): OpenTransactions {
  const open = new Map<number, number>();
  for (const [id, { txnFirstOffset }] of log.producers.entries) if (txnFirstOffset !== undefined) open.set(id, txnFirstOffset);
  return open;
}

/**
 * The cache says what the visible batches say; an epoch that has no batch yet may follow. Of a compacted log it says that much, and more: epochs are
 * known of which no batch is left, and began where batches may be gone.
 */
function epochProblem(views: readonly BatchView[], log: PartitionLog, compacted: boolean): string | undefined {
  if (log.logEndOffset === log.logStartOffset) return undefined;
  if (compacted) {
    const strange = views.find((view) => view.lastOffset >= log.logStartOffset && !log.epochs.covers(view.leaderEpoch, view.lastOffset));
    return strange === undefined ? undefined : `the epoch cache does not say ${strange.leaderEpoch} at ${strange.baseOffset}`;
  }
  const expected: string[] = [];
  let before = -1;
  for (const view of views) {
    if (view.lastOffset < log.logStartOffset || view.leaderEpoch === before) continue;
    before = view.leaderEpoch;
    expected.push(`${before}@${Math.max(view.baseOffset, log.logStartOffset)}`);
  }
  const found = log.epochs.entries().filter((entry) => entry.startOffset < log.logEndOffset);
  const cached = found.map(({ epoch, startOffset }) => `${epoch}@${startOffset}`).join(' ');
  return cached === expected.join(' ') ? undefined : `the epoch cache says ${cached || 'nothing'}, the batches ${expected.join(' ')}`;
}

/** Of each producer the last batch is known as the log has it, and none that is not in the log. */
function producerProblem(views: readonly BatchView[], log: PartitionLog): string | undefined {
  const last = new Map<number, BatchView>();
  for (const view of views) if (view.producerId >= 0 && !view.isControl) last.set(view.producerId, view);
  for (const [id, view] of last) {
    if (view.lastOffset < log.logStartOffset) continue;
    const entry = log.producers.entries.get(id);
    const known = entry?.batches[entry.batches.length - 1];
    if (known?.lastOffset !== view.lastOffset || entry?.epoch !== view.producerEpoch)
      return `producer ${id} is known up to offset ${known?.lastOffset ?? 'none'}, the log has its batch at ${view.lastOffset}`;
  }
  for (const [id, entry] of log.producers.entries) {
    const offset = entry.batches[entry.batches.length - 1]?.lastOffset ?? -1;
    if (offset >= log.logStartOffset && last.get(id)?.lastOffset !== offset)
      return `producer ${id} is known to have written at ${offset}, which the log does not hold`;
  }
  return undefined;
}
