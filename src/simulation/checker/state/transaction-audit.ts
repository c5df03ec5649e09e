/**
 * RecoveryEquivalence of what a log knows of transactions: its `.txnindex` files and the open ones are what a walk over all its batches gives. Written
 * from the file formats alone; shares nothing with the log that wrote them. Source: Kafka's TransactionIndex, AbortedTxn, EndTransactionMarker.
 */
import { BatchView, batchHeaderBytes } from '../../../protocol/records/batch-header.ts';
import { readInt16, readInt64 } from '../../../protocol/records/bytes.ts';
import { decodeRecords } from '../../../protocol/records/decode.ts';

/** The files of one segment as they are; no index is an empty one. */
export interface TransactionBytes {
  readonly baseOffset: number;
  readonly log: Uint8Array;
  readonly transactions: Uint8Array | undefined;
}

interface Aborted {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

/** What a log says of itself: by producer, where its open transaction begins. */
export type OpenTransactions = ReadonlyMap<number, number>;

const entryBytes = 34;
const [abortType, commitType] = [0, 1];
const textOf = (entries: readonly Aborted[]): string =>
  entries.map((e) => `${e.producerId}:${e.firstOffset}-${e.lastOffset}/${e.lastStableOffset}`).join(' ') || 'nothing';

/**
 * What is wrong; undefined when nothing is. `segments` ascend. What began below the log start may be known from there, from the log start on, or
 * not at all: its batches may be gone. `compactedTo`: below, entries may tell of data that is gone.
 */
export function transactionProblem(
  segments: readonly TransactionBytes[],
  open: OpenTransactions,
  logStartOffset: number,
  compactedTo = 0,
): string | undefined {
  const walked = walk(segments, logStartOffset);
  for (const [index, { baseOffset, transactions = new Uint8Array(0) }] of segments.entries()) {
    if (transactions.length % entryBytes !== 0) return `the transaction index of ${baseOffset} has ${transactions.length} bytes`;
    const end = segments[index + 1]?.baseOffset ?? Number.MAX_SAFE_INTEGER;
    const expected = walked.aborted.filter(({ lastOffset }) => lastOffset >= baseOffset && lastOffset < end);
    const found = entriesIn(transactions);
    const compacted = baseOffset < compactedTo;
    const lacks = expected.find((entry) => entry.lastData >= logStartOffset && !found.some(({ lastOffset }) => lastOffset === entry.lastOffset));
    const strange = found.find((entry) => !isBorneOut(entry, expected, walked.markers, logStartOffset, compacted));
    if (lacks !== undefined || strange !== undefined)
      return `the transaction index of ${baseOffset} says ${textOf(found)}, a rebuild ${textOf(expected)}`;
  }
  return openProblem(walked.open, open, logStartOffset, segments[0]?.baseOffset ?? 0);
}

function isBorneOut(
  entry: Aborted,
  expected: readonly Aborted[],
  markers: ReadonlyMap<number, number>,
  logStartOffset: number,
  compacted: boolean,
): boolean {
  if (markers.get(entry.lastOffset) !== entry.producerId) return false;
  const rebuilt = expected.find(({ lastOffset }) => lastOffset === entry.lastOffset);
  if (rebuilt === undefined) return compacted || entry.firstOffset < logStartOffset || entry.lastOffset < logStartOffset;
  const agree = (a: number, b: number): boolean => a === b || (compacted && a < b) || Math.min(a, b) <= logStartOffset;
  return agree(entry.firstOffset, rebuilt.firstOffset) && agree(entry.lastStableOffset, rebuilt.lastStableOffset);
}

/** `firstBase`: where the first segment begins; what a transaction began with may have gone with those below. */
function openProblem(expected: ReadonlyMap<number, Open>, open: OpenTransactions, logStartOffset: number, firstBase: number): string | undefined {
  for (const [producerId, { firstOffset, firstVisible, lastData }] of expected) {
    const known = open.get(producerId);
    const early = known !== undefined && known >= firstBase && Math.max(known, logStartOffset) < Math.max(firstOffset, logStartOffset);
    if (lastData >= logStartOffset && (known === undefined || early))
      return `producer ${producerId} has a transaction open from ${firstOffset}, known is ${known ?? 'none'}`;
    if (known !== undefined && known > Math.max(firstVisible, logStartOffset))
      return `producer ${producerId} has a transaction open from ${firstOffset}, known is ${known}`;
  }
  for (const [producerId, firstOffset] of open)
    if (!expected.has(producerId) && firstOffset >= logStartOffset)
      return `producer ${producerId} is known to have a transaction open from ${firstOffset}, the batches have none`;
  return undefined;
}

function entriesIn(bytes: Uint8Array): readonly Aborted[] {
  return Array.from({ length: bytes.length / entryBytes }, (_, index) => {
    const at = index * entryBytes;
    const [producerId, firstOffset, lastOffset, lastStableOffset] = [2, 10, 18, 26].map((part) => readInt64(bytes, at + part)) as number[];
    return { producerId: producerId ?? -1, firstOffset: firstOffset ?? -1, lastOffset: lastOffset ?? -1, lastStableOffset: lastStableOffset ?? -1 };
  });
}

interface Open {
  readonly firstOffset: number;
  /** Where the first of its batches begins that reaches above the log start; that of the first one before there is any. */
  firstVisible: number;
  /** The last offset of its last batch. */
  lastData: number;
}

interface Walked {
  readonly aborted: readonly (Aborted & { readonly lastData: number })[];
  readonly open: ReadonlyMap<number, Open>;
  /** Abort markers: whose, by their offsets. */
  readonly markers: ReadonlyMap<number, number>;
}

function walk(segments: readonly TransactionBytes[], logStartOffset: number): Walked {
  const aborted: (Aborted & { readonly lastData: number })[] = [];
  const open = new Map<number, Open>();
  const markers = new Map<number, number>();
  for (const { log } of segments)
    for (let at = 0; at + batchHeaderBytes <= log.length; ) {
      const view = new BatchView(log, at);
      at += view.byteLength;
      const { producerId, baseOffset, lastOffset } = view;
      if (!view.isTransactional) continue;
      if (!view.isControl) {
        const known = open.get(producerId);
        if (known === undefined) open.set(producerId, { firstOffset: baseOffset, firstVisible: baseOffset, lastData: lastOffset });
        else {
          if (known.lastData < logStartOffset) known.firstVisible = baseOffset;
          known.lastData = lastOffset;
        }
        continue;
      }
      const type = markerType(view);
      if (type === undefined) continue;
      if (type === abortType) markers.set(lastOffset, producerId);
      const ended = open.get(producerId);
      open.delete(producerId);
      if (ended === undefined || type !== abortType) continue;
      const lastStableOffset = Math.min(lastOffset + 1, ...[...open.values()].map(({ firstOffset }) => firstOffset));
      aborted.push({ producerId, firstOffset: ended.firstOffset, lastData: ended.lastData, lastOffset, lastStableOffset });
    }
  return { aborted, open, markers };
}

function markerType(view: BatchView): number | undefined {
  const records = decodeRecords(view);
  const key = records.ok ? records.value[0]?.key : undefined;
  const type = key === undefined || key === null ? undefined : readInt16(key, 2);
  return type === abortType || type === commitType ? type : undefined;
}
