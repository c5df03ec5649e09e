/** The codecs of record batches by their names in the attributes. Both ways are pure functions: the same bytes on every machine. */
import { unreachable } from '../../../model/invariant.ts';
import type { CompressionType } from '../batch-header.ts';
import { gunzip, gzip } from './gzip.ts';
import { lz4, unlz4 } from './lz4.ts';
import { snappy, unsnappy } from './snappy.ts';
import { unzstd, zstd } from './zstd.ts';

/** All but `none`. */
export type Codec = Exclude<CompressionType, 'none'>;

export function compress(codec: Codec, plain: Uint8Array): Uint8Array {
  switch (codec) {
    case 'gzip':
      return gzip(plain);
    case 'snappy':
      return snappy(plain);
    case 'lz4':
      return lz4(plain);
    case 'zstd':
      return zstd(plain);
    default:
      return unreachable(codec);
  }
}

/** Undefined when the bytes are no stream of this codec, or hold more than `maxBytes`; not much more than what they hold is ever allocated. */
export function decompress(codec: Codec, bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  switch (codec) {
    case 'gzip':
      return gunzip(bytes, maxBytes);
    case 'snappy':
      return unsnappy(bytes, maxBytes);
    case 'lz4':
      return unlz4(bytes, maxBytes);
    case 'zstd':
      return unzstd(bytes, maxBytes);
    default:
      return unreachable(codec);
  }
}
