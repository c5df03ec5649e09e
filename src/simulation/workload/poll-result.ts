/** What a poll brought, as the history keeps it: in few words, since every poll of a run is held until its end. */
import type { PolledRecords, PositionChange } from '../../kafka/client/consumer.ts';
import { offset } from '../../model/brand.ts';
import type { PollOperation, PollResult, ReadRecord } from '../history/operation.ts';
import { identityOf } from './producing.ts';

/** The same for every poll. */
export const pollOperation: PollOperation = { type: 'poll' };

export const readRecords = ({ partition, records }: PolledRecords): readonly ReadRecord[] =>
  records.map((record) => ({ partition, offset: offset(record.offset), value: identityOf(record) }));

export function pollResult(polled: readonly PolledRecords[], moved: readonly PositionChange[]): PollResult {
  const [first] = polled;
  const records = first !== undefined && polled.length === 1 ? readRecords(first) : polled.flatMap(readRecords);
  return moved.length === 0 ? { type: 'poll', records } : { type: 'poll', records, resets: moved.map((change) => change.partition) };
}
