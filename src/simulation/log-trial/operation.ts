/**
 * What is done to one compacted log, as data: a script. Owns these types; what a script draws is draw.ts's, how it is played play.ts's, how it
 * lies in a file text.ts's. Offsets are shares of what the log holds, so that an operation keeps its meaning when others are left out.
 */

export const scriptVersion = 1;

/** Producers, by their ids. */
export const producerIds = [1, 2, 3] as const;
/** Keys are whole numbers below; as bytes, the first ones are also what markers have for their keys. */
export const keyCount = 5;
export const keyBytes = 4;

export type Outcome = 'commit' | 'abort';

type Work =
  /** A producer's next batch, a record with a new value for each key; in its transaction where one is open. */
  | { readonly type: 'append'; readonly producer: number; readonly keys: readonly number[]; readonly transactional: boolean }
  /** The answer to the producer's last batch was lost: it sends it once more. */
  | { readonly type: 'retry'; readonly producer: number }
  /** The coordinator ends a producer's transaction, open or not. */
  | { readonly type: 'end'; readonly producer: number; readonly outcome: Outcome }
  /** The coordinator aborts in a new producer epoch: whoever wrote in the old one is a zombie from now on. */
  | { readonly type: 'fence'; readonly producer: number }
  /** The zombie of the epoch before goes on with its transaction; nothing happens where the producer was never fenced. */
  | { readonly type: 'zombie'; readonly producer: number; readonly key: number }
  /** Another coordinator takes over: markers bear a new coordinator epoch. */
  | { readonly type: 'elect' }
  /** The coordinator before it ends a transaction, too late; nothing happens where there was none. */
  | { readonly type: 'late-end'; readonly producer: number; readonly outcome: Outcome }
  /** The high watermark moves up to this share of the log. */
  | { readonly type: 'replicate'; readonly percent: number }
  /** Makes the log durable, then compacts what is committed; a pass remembers at most so many keys. */
  | { readonly type: 'clean'; readonly maxKeys: number }
  /** DeleteRecords up to this share of what is committed; whole segments below go. */
  | { readonly type: 'delete'; readonly percent: number }
  /** Another leader has another history above the high watermark: so much of what is above stays. */
  | { readonly type: 'cut'; readonly percent: number }
  | { readonly type: 'flush' };

export type LogOperation =
  | (Work & {
      /** The power goes at this disk call of the operation, the first one being 0. */
      readonly powerFailsAt?: number;
    })
  /** The broker stops in order, and starts again. */
  | { readonly type: 'stop' }
  /** It dies, alone or with the machine's power, and starts again. */
  | { readonly type: 'crash'; readonly powerLoss: boolean }
  | { readonly type: 'wait'; readonly ms: number };

export type LogWork = Extract<LogOperation, Work>;

export interface LogScript {
  readonly version: typeof scriptVersion;
  /** Free text; may be empty. */
  readonly description: string;
  /** Of the disk's luck in a power loss. */
  readonly seed: number;
  /** segment.bytes. */
  readonly segmentBytes: number;
  /** delete.retention.ms. */
  readonly deleteRetentionMs: number;
  /** producer.id.expiration.ms. */
  readonly producerIdExpirationMs: number;
  readonly operations: readonly LogOperation[];
}

export const isWork = (operation: LogOperation): operation is LogWork =>
  operation.type !== 'stop' && operation.type !== 'crash' && operation.type !== 'wait';
