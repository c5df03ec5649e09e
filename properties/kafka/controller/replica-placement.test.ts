import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeReplicas, type UsableBroker } from '../../../src/kafka/controller/replica-placement.ts';
import { brokerId } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';

const zero = () => 0;
const usable = (id: number, rack: string | null = null, fenced = false): UsableBroker => ({ id: brokerId(id), rack, fenced });
const placed = (brokers: readonly UsableBroker[], partitions: number, factor: number, draw: (bound: number) => number = zero) => {
  const result = placeReplicas(brokers, partitions, factor, draw);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

const clusters = fc
  .array(fc.record({ rack: fc.constantFrom(null, 'a', 'b', 'c'), fenced: fc.boolean() }), { minLength: 1, maxLength: 9 })
  .map((brokers) => brokers.map(({ rack, fenced }, index) => usable(index, rack, fenced && index > 0)));
const draws = fc.infiniteStream(fc.nat());

describe('replica placement', () => {
  it('goes round over brokers without racks, the leader moving on with each partition', () => {
    expect(placed([usable(1), usable(2), usable(3)], 3, 2)).toEqual([
      [1, 2],
      [2, 3],
      [3, 1],
    ]);
  });

  it('goes over racks before it goes over brokers', () => {
    const racks = [usable(0, 'a'), usable(1, 'a'), usable(2, 'b'), usable(3, 'b'), usable(4, 'c'), usable(5, 'c')];
    expect(placed(racks, 3, 3)).toEqual([
      [0, 2, 4],
      [3, 5, 1],
      [4, 0, 2],
    ]);
  });

  it('begins where it is drawn to', () => {
    expect(placed([usable(1), usable(2), usable(3)], 1, 3, (bound) => bound - 1)[0]).toEqual([3, 1, 2]);
  });

  it('puts a leader on an unfenced broker, no replica twice on one, and as many as asked for', () => {
    fc.assert(
      fc.property(clusters, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20 }), draws, (brokers, factor, partitions, stream) => {
        fc.pre(factor <= brokers.length);
        const draw = (bound: number) => (stream.next().value as number) % bound;
        const assignments = placed(brokers, partitions, factor, draw);
        expect(assignments).toHaveLength(partitions);
        for (const replicas of assignments) {
          expect(new Set(replicas).size).toBe(factor);
          expect(brokers.find((each) => each.id === replicas[0])?.fenced).toBe(false);
          // Fenced brokers only where their rack has no unfenced one left.
          for (const replica of replicas) {
            const broker = brokers.find((each) => each.id === replica);
            if (broker?.fenced !== true) continue;
            const spare = brokers.filter((each) => each.rack === broker.rack && !each.fenced && !replicas.includes(each.id));
            expect(spare).toEqual([]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('spreads leaders evenly: no unfenced broker of a cluster without racks leads two more than another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 30 }), draws, (size, partitions, stream) => {
        const brokers = Array.from({ length: size }, (_, index) => usable(index));
        const draw = (bound: number) => (stream.next().value as number) % bound;
        const leaders = placed(brokers, partitions, 1, draw).map((replicas) => replicas[0]);
        const counts = brokers.map((broker) => leaders.filter((leader) => leader === broker.id).length);
        // Each round of as many partitions as brokers is a permutation, so only the last round is uneven.
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is shuffled anew each time as many partitions are placed as there are brokers to lead them', () => {
    const drawn = (partitions: number): number => {
      let draws = 0;
      placed([usable(1), usable(2), usable(3)], partitions, 1, () => {
        draws++;
        return 0;
      });
      return draws;
    };
    // A draw for the rack and one for its brokers; then two for each shuffle of three.
    expect([1, 3, 4, 6, 7, 10].map(drawn)).toEqual([2, 2, 4, 4, 6, 8]);
  });

  it('is refused with a reason where it cannot be', () => {
    expect(placeReplicas([], 1, 1, zero)).toMatchObject({ ok: false, error: { code: ErrorCode.INVALID_REPLICATION_FACTOR } });
    expect(placeReplicas([usable(1, null, true)], 1, 1, zero)).toMatchObject({ ok: false, error: { message: 'All brokers are currently fenced.' } });
    const few = placeReplicas([usable(1), usable(2)], 1, 3, zero);
    expect(few.ok ? '' : few.error.message).toContain('replication factor of 3 cannot be reached because only 2 broker(s)');
  });
});
