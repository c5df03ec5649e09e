import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatEpochs,
  formatOffsets,
  parseCleanShutdown,
  parseEpochs,
  parseMetaProperties,
  parseOffsets,
  parsePartitionMetadata,
} from '../../../src/kafka/log/text-formats.ts';
import { assignEpoch, type EpochRun, epochsAfterLoad, epochsAtLeast, epochsBelow } from '../../../src/kafka/rules/log-epochs.ts';
import type { EpochEntry } from '../../../src/kafka/rules/replication.ts';
import { leaderEpoch } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { at } from './machine.ts';

const step = fc.record({ epochs: fc.integer({ min: 1, max: 3 }), offsets: fc.integer({ min: 1, max: 20 }) });
const entries: fc.Arbitrary<readonly EpochEntry[]> = fc.array(step, { maxLength: 6 }).map((steps) => {
  let epoch = 0;
  let startOffset = -1;
  return steps.map((one) => {
    epoch += one.epochs;
    startOffset += one.offsets;
    return { epoch: leaderEpoch(epoch), startOffset: at(startOffset) };
  });
});
const ascends = (list: readonly EpochEntry[]): boolean =>
  list.every((entry, index) => {
    const before = list[index - 1];
    return before === undefined || (before.epoch < entry.epoch && before.startOffset < entry.startOffset);
  });
const epochAt = (list: readonly EpochEntry[], offset: number): number => list.findLast((entry) => entry.startOffset <= offset)?.epoch ?? -1;
const offset = fc.nat(130);

describe('a leader epoch cache', () => {
  test('ascends in both fields after any assignment, which wins over all that conflicts with it', () => {
    fc.assert(
      fc.property(entries, fc.nat(20), offset, (list, epoch, start) => {
        const next = assignEpoch(list, leaderEpoch(epoch), at(start)) ?? list;
        expect(ascends(next)).toBe(true);
        const kept = list.filter((entry) => entry.epoch < epoch && entry.startOffset < start);
        if (next !== list) expect(next).toEqual([...kept, { epoch, startOffset: start }]);
        else expect(list.at(-1)?.epoch).toBe(epoch);
      }),
    );
  });

  test('cut at an end knows every offset below it as before, and nothing from it on', () => {
    fc.assert(
      fc.property(entries, offset, (list, end) => {
        const cut = epochsBelow(list, at(end));
        expect(cut.every((entry) => entry.startOffset < end)).toBe(true);
        for (let below = 0; below < end; below++) expect(epochAt(cut, below)).toBe(epochAt(list, below));
      }),
    );
  });

  test('cut at a start knows every offset from it on as before, and no epoch begins below it', () => {
    fc.assert(
      fc.property(entries, offset, (list, start) => {
        const cut = epochsAtLeast(list, at(start));
        expect(ascends(cut) && cut.every((entry) => entry.startOffset >= start)).toBe(true);
        for (let above = start; above < start + 30; above++) expect(epochAt(cut, above)).toBe(epochAt(list, above));
      }),
    );
  });

  test('of an opened log agrees with every batch, whatever the checkpoint said, and keeps what batches can not contradict', () => {
    const batches = fc.array(fc.record({ step: fc.integer({ min: 0, max: 2 }), count: fc.integer({ min: 1, max: 5 }) }), { maxLength: 10 });
    fc.assert(
      fc.property(batches, entries, fc.nat(6), (made, checkpointed, startIn) => {
        let epoch = 1;
        let next = 0;
        const runs: EpochRun[] = [];
        const firsts = made.map((batch) => {
          epoch += batch.step;
          const base = next;
          next += batch.count;
          const run = runs.at(-1);
          if (run?.epoch === epoch) runs[runs.length - 1] = { ...run, lastBase: at(base) };
          else runs.push({ epoch: leaderEpoch(epoch), firstBase: at(base), lastBase: at(base) });
          return { base, epoch };
        });
        const start = Math.min(startIn, next);
        const loaded = epochsAfterLoad(checkpointed, runs, at(start), at(next));
        expect(ascends(loaded)).toBe(true);
        for (const batch of firsts) if (batch.base >= start) expect(epochAt(loaded, batch.base)).toBe(batch.epoch);
        const right = runs.map((run) => ({ epoch: run.epoch, startOffset: run.firstBase }));
        expect(epochsAfterLoad(right, runs, at(0), at(next))).toEqual(right);
        expect(epochsAfterLoad([], runs, at(0), at(next))).toEqual(right);
      }),
    );
  });

  test('keeps an epoch whose records are gone if it fits between the batches', () => {
    const run = (epoch: number, first: number, last: number): EpochRun => ({ epoch: leaderEpoch(epoch), firstBase: at(first), lastBase: at(last) });
    const entry = (epoch: number, start: number): EpochEntry => ({ epoch: leaderEpoch(epoch), startOffset: at(start) });
    const checkpointed = [entry(1, 0), entry(2, 10), entry(3, 20)];
    expect(epochsAfterLoad(checkpointed, [run(1, 0, 5), run(3, 25, 30)], at(0), at(40))).toEqual(checkpointed);
    expect(epochsAfterLoad(checkpointed, [run(1, 0, 12), run(3, 25, 30)], at(0), at(40))).toEqual([entry(1, 0), entry(3, 20)]);
  });
});

describe('the text files', () => {
  test('read back as they were written', () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(parseEpochs(formatEpochs(list))).toEqual(list);
      }),
    );
    const offsets = fc.array(fc.tuple(fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/), fc.nat(9), fc.nat()), { maxLength: 5 });
    fc.assert(
      fc.property(offsets, (list) => {
        const map = new Map(list.map(([topic, index, value]) => [topicPartition(topic, index), at(value)]));
        expect(parseOffsets(formatOffsets(map))).toEqual(map);
      }),
    );
  });

  test('that are hostile or cut are refused, never half read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('0', '1', '2', ' ', '\n', '-', 'a') })), (text) => {
        for (const parse of [parseEpochs, parseOffsets, parseCleanShutdown, parseMetaProperties, parsePartitionMetadata]) parse(text);
      }),
    );
    fc.assert(
      fc.property(entries, fc.nat(), (list, cut) => {
        const text = formatEpochs(list);
        expect(parseEpochs(text.slice(0, cut % text.length))).toBeUndefined();
      }),
    );
    for (const text of ['1\n0\n', '0\n1\n', '0\n1\n3 x\n', '0\n2\n1 0\n1 5\n', '0\n2\n1 5\n2 5\n', '0\n0\n1 0\n', ''])
      expect(parseEpochs(text)).toBeUndefined();
  });
});
