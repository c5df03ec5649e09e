/**
 * Control batches: what brokers write into a log about the log itself. They take offsets, and no consumer sees them.
 * A control record's key is `version int16 | type int16`; its value belongs to whoever writes that type. Source: KIP-98, KIP-595.
 */
import type { LeaderEpoch, Offset } from '../../model/brand.ts';
import { readInt16, writeInt16 } from './bytes.ts';
import type { DecodedRecord } from './decode.ts';
import { encodeBatch } from './encode.ts';

/** By number on the wire; readers skip numbers that they do not know. */
export const controlTypes = ['abort', 'commit', 'leaderChange', 'snapshotHeader', 'snapshotFooter', 'kraftVersion', 'kraftVoters'] as const;
export type ControlType = (typeof controlTypes)[number];

export interface ControlBatchInput {
  readonly records: readonly { readonly type: ControlType; readonly value: Uint8Array }[];
  readonly timestampMs: number;
  readonly baseOffset?: Offset;
  readonly leaderEpoch?: LeaderEpoch;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly transactional?: boolean;
}

export function encodeControlBatch(input: ControlBatchInput): Uint8Array {
  const { timestampMs } = input;
  return encodeBatch({ ...input, control: true, records: input.records.map(({ type, value }) => ({ key: controlKey(type), value, timestampMs })) });
}

/** The type of a record from a control batch; undefined for one to be skipped. */
export function controlTypeOf(record: DecodedRecord): ControlType | undefined {
  return record.key === null || record.key.length < 4 || readInt16(record.key, 0) < 0 ? undefined : controlTypes[readInt16(record.key, 2)];
}

function controlKey(type: ControlType): Uint8Array {
  const key = new Uint8Array(4);
  writeInt16(key, 2, controlTypes.indexOf(type));
  return key;
}
