/**
 * Goes from batch to batch of a segment's file, header by header, without reading what lies between where batches are large.
 * Owns no judgement: a header that can not be one ends the walk with EIO, since it is only used where the file was found whole before.
 */
import type { DiskError, File } from '../../io/disk.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { batchBytesAt, batchHeaderBytes, computeCrc, crcAt, currentMagic, magicAt } from '../../protocol/records/batch-header.ts';
import { readFully } from './files.ts';

const chunkBytes = 4096;

/** A batch's header stands in `bytes` at `at`, the batch in the file at `position`. False to end the walk; nothing may be kept of `bytes`. */
export type VisitHeader = (bytes: Uint8Array, at: number, position: number) => boolean;

/** From the batch that begins at `from` to the one that ends at `to`. Answers where the first batch begins that was not visited. */
export function walkHeaders(file: File, from: number, to: number, visit: VisitHeader): Result<number, DiskError> {
  const buffer = new Uint8Array(Math.min(chunkBytes, to - from));
  let chunkAt = 0;
  let chunkEnd = 0;
  for (let position = from; position < to; ) {
    if (position + batchHeaderBytes > to) return failed('EIO');
    if (position < chunkAt || position + batchHeaderBytes > chunkEnd) {
      const wanted = Math.min(buffer.length, to - position);
      const read = readFully(file, position, buffer.subarray(0, wanted));
      if (!read.ok) return read;
      if (read.value < batchHeaderBytes) return failed('EIO');
      chunkAt = position;
      chunkEnd = position + read.value;
    }
    const at = position - chunkAt;
    const length = batchBytesAt(buffer, at);
    if (length < batchHeaderBytes || position + length > to || magicAt(buffer, at) !== currentMagic) return failed('EIO');
    if (!visit(buffer, at, position)) return ok(position);
    position += length;
  }
  return ok(to);
}

/** The same, but each batch is read whole, and one whose checksum is wrong ends the walk with EIO: for what is remembered of batches. */
export function walkBatches(file: File, from: number, to: number, visit: VisitHeader): Result<number, DiskError> {
  let buffer = new Uint8Array(0);
  let damaged: DiskError | undefined;
  const walked = walkHeaders(file, from, to, (header, headerAt, position) => {
    const length = batchBytesAt(header, headerAt);
    if (buffer.length < length) buffer = new Uint8Array(length);
    const read = readFully(file, position, buffer.subarray(0, length));
    if (!read.ok) damaged = read.error;
    else if (read.value < length || computeCrc(buffer, 0) !== crcAt(buffer, 0)) damaged = 'EIO';
    return damaged === undefined && visit(buffer, 0, position);
  });
  return damaged === undefined ? walked : failed(damaged);
}
