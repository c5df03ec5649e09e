/**
 * A piece of one segment, served as it is stored: bytes are read when the socket takes them, never decoded or copied before.
 */
import type { Offset } from '../../model/brand.ts';
import type { ByteSource } from '../../protocol/schema/schema.ts';

export interface LogSlice extends ByteSource {
  /** 0 when there is nothing between the offset asked for and the bound. */
  readonly byteLength: number;
  /** The offset behind the last whole batch in it; the offset asked for when it is empty. */
  readonly nextOffset: Offset;
  /**
   * False when the log was truncated or closed under it: readInto would then fill zeros, which no reader takes for a batch.
   * A server should drop the connection instead, as Kafka does.
   */
  readonly intact: boolean;
  readInto(target: Uint8Array): void;
}
