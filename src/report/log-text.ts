/**
 * The files of a log directory as text, a batch or an entry a line, in the words of Kafka's own dump-log tool. Reads hostile bytes: what is no
 * batch and no entry is said where it stands, and the rest of that file is left. Owns no files. Source: DumpLogSegments.
 */
import { decodeOffsetEntries, offsetEntryBytes } from '../kafka/log/offset-index.ts';
import { decodeSnapshot } from '../kafka/log/producer-snapshot.ts';
import { offsetInName, segmentSuffixes, snapshotSuffix } from '../kafka/log/segment-files.ts';
import { decodeTimeEntries, timeEntryBytes } from '../kafka/log/time-index.ts';
import { abortedEntryBytes, decodeAborted } from '../kafka/log/transaction-index.ts';
import { BatchView, batchHeaderBytes } from '../protocol/records/batch-header.ts';
import { type DecodedRecord, decodeRecords } from '../protocol/records/decode.ts';
import { endMarkerOf } from '../protocol/records/end-marker.ts';
import { sequenceAfter } from '../protocol/records/sequence.ts';

export interface LogText {
  readonly lines: readonly string[];
  /** Something in the file is not as it should be; the lines say what. */
  readonly damaged: boolean;
}

export interface LogTextOptions {
  /** Also the records of each batch, with keys and values. */
  readonly records: boolean;
}

/** The reader for a file of this name (without its folder); undefined when it holds no part of a log. */
export function logTextOf(name: string, options: LogTextOptions): ((bytes: Uint8Array) => LogText) | undefined {
  const plain = name.replace(/\.(deleted|cleaned|swap)$/, '');
  const base = (suffix: string): number | undefined => offsetInName(plain, suffix);
  const [log, offsets, times, transactions, snapshot] = [
    base(segmentSuffixes.log),
    base(segmentSuffixes.offsets),
    base(segmentSuffixes.times),
    base(segmentSuffixes.transactions),
    base(snapshotSuffix),
  ];
  if (log !== undefined) return (bytes) => batchLines(bytes, log, options);
  if (offsets !== undefined) return (bytes) => offsetLines(bytes, offsets);
  if (times !== undefined) return (bytes) => timeLines(bytes, times);
  if (transactions !== undefined) return transactionLines;
  if (snapshot !== undefined) return snapshotLines;
  return undefined;
}

function batchLines(bytes: Uint8Array, base: number, { records }: LogTextOptions): LogText {
  const lines = [`Log starting offset: ${base}`];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < batchHeaderBytes) return damaged(lines, `${bytes.length - at} bytes at position ${at} are too few for a batch`);
    const batch = new BatchView(bytes, at);
    const { byteLength } = batch;
    if (byteLength < batchHeaderBytes || byteLength > bytes.length - at)
      return damaged(lines, `the batch at position ${at} says that it has ${byteLength} bytes; ${bytes.length - at} are there`);
    lines.push(batchLine(batch, at));
    if (records) {
      const decoded = decodeRecords(batch);
      if (!decoded.ok) return damaged(lines, `the records of the batch at position ${at} cannot be read: ${decoded.error.message}`);
      for (const record of decoded.value) lines.push(recordLine(batch, record));
    }
    if (!batch.isIntact) return damaged(lines, `the batch at position ${at} has another checksum than it says`);
    at += byteLength;
  }
  return { lines, damaged: false };
}

function batchLine(batch: BatchView, position: number): string {
  const lastSequence = batch.baseSequence < 0 ? -1 : sequenceAfter(batch.baseSequence, batch.lastOffsetDelta);
  return [
    `baseOffset: ${batch.baseOffset} lastOffset: ${batch.lastOffset} count: ${batch.recordCount}`,
    `baseSequence: ${batch.baseSequence} lastSequence: ${lastSequence} producerId: ${batch.producerId} producerEpoch: ${batch.producerEpoch}`,
    `partitionLeaderEpoch: ${batch.leaderEpoch} isTransactional: ${batch.isTransactional} isControl: ${batch.isControl}`,
    `deleteHorizonMs: ${batch.deleteHorizonMs ?? 'none'} position: ${position}`,
    `${timeName(batch)}: ${batch.maxTimestampMs} size: ${batch.byteLength} magic: ${batch.magic}`,
    `compresscodec: ${batch.compression ?? 'unknown'} crc: ${batch.crc} isvalid: ${batch.isIntact}`,
  ].join(' ');
}

function recordLine(batch: BatchView, { offset, timestampMs, key, value, headers }: DecodedRecord): string {
  const sequence = batch.baseSequence < 0 ? -1 : sequenceAfter(batch.baseSequence, offset - batch.baseOffset);
  const facts = `offset: ${offset} ${timeName(batch)}: ${timestampMs} keySize: ${key?.length ?? -1} valueSize: ${value?.length ?? -1}`;
  const marker = endMarkerOf(batch);
  if (marker !== undefined)
    return `| ${facts} sequence: ${sequence} endTxnMarker: ${marker.type.toUpperCase()} coordinatorEpoch: ${marker.coordinatorEpoch}`;
  const content = `${key === null ? '' : ` key: ${textOf(key)}`}${value === null ? '' : ` payload: ${textOf(value)}`}`;
  return `| ${facts} sequence: ${sequence} headerKeys: [${headers.map((header) => header.key).join(',')}]${content}`;
}

const timeName = (batch: BatchView): string => (batch.isLogAppendTime ? 'LogAppendTime' : 'CreateTime');

function offsetLines(bytes: Uint8Array, base: number): LogText {
  const lines = decodeOffsetEntries(bytes).map(({ relative, position }) => `offset: ${base + relative} position: ${position}`);
  return whole(lines, bytes, offsetEntryBytes);
}

function timeLines(bytes: Uint8Array, base: number): LogText {
  const lines = decodeTimeEntries(bytes).map(({ timestampMs, relative }) => `timestamp: ${timestampMs} offset: ${base + relative}`);
  return whole(lines, bytes, timeEntryBytes);
}

function transactionLines(bytes: Uint8Array): LogText {
  const entries = decodeAborted(bytes);
  if (entries === undefined) return damaged([], 'an entry has another version than 0');
  const lines = entries.map(({ producerId, firstOffset, lastOffset, lastStableOffset }) => {
    return `version: 0 producerId: ${producerId} firstOffset: ${firstOffset} lastOffset: ${lastOffset} lastStableOffset: ${lastStableOffset}`;
  });
  return whole(lines, bytes, abortedEntryBytes);
}

function whole(lines: readonly string[], bytes: Uint8Array, entryBytes: number): LogText {
  const rest = bytes.length % entryBytes;
  return rest === 0 ? { lines, damaged: false } : damaged([...lines], `${rest} bytes at the end are no whole entry of ${entryBytes}`);
}

function snapshotLines(bytes: Uint8Array): LogText {
  const entries = decodeSnapshot(bytes);
  if (!entries.ok) return damaged([], entries.error);
  const lines = entries.value.map(({ producerId, epoch, batches, lastTimestampMs, txnFirstOffset, coordinatorEpoch }) => {
    const last = batches[batches.length - 1];
    const placed = `firstSequence: ${last?.firstSequence ?? -1} lastSequence: ${last?.lastSequence ?? -1} lastOffset: ${last?.lastOffset ?? -1}`;
    const transaction = `coordinatorEpoch: ${coordinatorEpoch} currentTxnFirstOffset: ${txnFirstOffset ?? 'none'}`;
    return `producerId: ${producerId} producerEpoch: ${epoch} ${transaction} lastTimestamp: ${lastTimestampMs} ${placed}`;
  });
  return { lines, damaged: false };
}

function damaged(lines: string[], why: string): LogText {
  lines.push(`DAMAGED: ${why}`);
  return { lines, damaged: true };
}

const printable = new TextDecoder('utf-8', { fatal: true });

/** As text where the bytes are printable text, else in hexadecimal. */
function textOf(bytes: Uint8Array): string {
  try {
    const text = printable.decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
    if (!/[\u0000-\u001f\u007f-\u009f]/.test(text)) return text;
  } catch {
    // Not UTF-8.
  }
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
