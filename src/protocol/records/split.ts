/** Finds the batches in a run of bytes that may be cut at the end, as a fetch answer is. Nothing about the bytes is trusted. */
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import {
  type BatchProblem,
  BatchView,
  batchBytesAt,
  batchHeaderBytes,
  batchLengthBytes,
  currentMagic,
  lastOffsetDeltaAt,
  magicAt,
} from './batch-header.ts';
import { readInt64 } from './bytes.ts';

const tooShort: BatchProblem = { code: ErrorCode.CORRUPT_MESSAGE, message: 'a batch is shorter than its header' };
const wrongMagic: BatchProblem = { code: ErrorCode.CORRUPT_MESSAGE, message: 'a batch has another magic than 2' };
const wrongOffsets: BatchProblem = { code: ErrorCode.CORRUPT_MESSAGE, message: 'a batch has impossible offsets' };

/** What stands at a position: a whole batch of so many bytes, the beginning of one (0), or bytes that are none. */
export function batchAt(bytes: Uint8Array, at: number, end: number): number | BatchProblem {
  if (end - at < batchLengthBytes) return 0;
  const length = batchBytesAt(bytes, at);
  if (length < batchHeaderBytes) return tooShort;
  if (end - at < length) return 0;
  if (magicAt(bytes, at) !== currentMagic) return wrongMagic;
  const base = readInt64(bytes, at);
  const delta = lastOffsetDeltaAt(bytes, at);
  if (base < 0 || delta < 0 || !Number.isSafeInteger(base + delta + 1)) return wrongOffsets;
  return length;
}

/** The whole batches in [from, to); a cut batch at the end is left out. CORRUPT_MESSAGE where bytes can be no batch. */
export function splitBatches(bytes: Uint8Array, from = 0, to = bytes.length): Result<readonly BatchView[], BatchProblem> {
  const batches: BatchView[] = [];
  for (let at = from; ; ) {
    const length = batchAt(bytes, at, to);
    if (typeof length !== 'number') return failed(length);
    if (length === 0) return ok(batches);
    batches.push(new BatchView(bytes, at));
    at += length;
  }
}
