/** A file's two images, held against a model that keeps each of them whole. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FileImage } from '../../../src/io/virtual/file-image.ts';
import { Weather } from '../../../src/io/virtual/weather.ts';

type Change = { readonly type: 'write'; readonly at: number; readonly bytes: Uint8Array } | { readonly type: 'truncate'; readonly size: number };
type Action =
  | Change
  | { readonly type: 'sync'; readonly share: number }
  | { readonly type: 'flip'; readonly at: number; readonly bit: number }
  | { readonly type: 'lose'; readonly everything: boolean };

const at = fc.integer({ min: 0, max: 40 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('write' as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('truncate' as const), size: at }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('sync' as const), share: fc.constantFrom(0.3, 0.7, 1) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('flip' as const), at, bit: fc.integer({ min: 0, max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('lose' as const), everything: fc.boolean() }) },
);

function changed(image: readonly number[], change: Change): number[] {
  const size = change.type === 'truncate' ? change.size : Math.max(image.length, change.at + change.bytes.length);
  const result = Array.from({ length: size }, (_, index) => image[index] ?? 0);
  if (change.type === 'write') for (const [index, byte] of change.bytes.entries()) result[change.at + index] = byte;
  return result;
}

const flipped = (image: readonly number[], index: number, bit: number): number[] =>
  image.map((byte, position) => (position === index ? byte ^ (1 << bit) : byte));

function contentsOf(image: FileImage): number[] {
  const bytes = new Uint8Array(image.size);
  image.read(0, bytes);
  return [...bytes];
}

it('shows what was written, and leaves at a power loss what was synced or all', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const image = new FileImage();
      const weather = new Weather('file').stream('loss');
      let [live, durable, pending]: [number[], number[], Change[]] = [[], [], []];
      let rotten: { readonly at: number; readonly bit: number }[] = [];
      // What is written anew is good again, wherever it stood.
      const heal = (from: number, to: number): void => {
        for (const { at: index, bit } of rotten) if (index >= from && index < to) durable = flipped(durable, index, bit);
        rotten = rotten.filter(({ at: index }) => index < from || index >= to);
      };
      for (const each of actions) {
        if (each.type === 'write' || each.type === 'truncate') {
          if (each.type === 'truncate' && each.size === live.length) continue;
          if (each.type === 'write') {
            image.write(each.at, each.bytes);
            heal(each.at, each.at + each.bytes.length);
          } else {
            image.truncate(each.size);
            heal(each.size, Number.POSITIVE_INFINITY);
          }
          live = changed(live, each);
          pending.push(each);
        } else if (each.type === 'sync') {
          const covered = Math.ceil(pending.length * each.share);
          image.syncUpTo(image.issued - pending.length + covered);
          for (const change of pending.splice(0, covered)) durable = changed(durable, change);
        } else if (each.type === 'flip') {
          // What was not synced would tell whether the bit was flipped before or after: only settled files rot here.
          if (pending.length > 0 || each.at >= live.length) continue;
          image.flipBit(each.at, each.bit);
          rotten.push({ at: each.at, bit: each.bit });
          live = flipped(live, each.at, each.bit);
          durable = flipped(durable, each.at, each.bit);
        } else {
          image.losePower(each.everything ? 'everything' : 'nothing', weather);
          if (each.everything) for (const change of pending) durable = changed(durable, change);
          [live, pending] = [durable, []];
          rotten = rotten.filter(({ at: index }) => index < durable.length);
        }
        expect(contentsOf(image)).toEqual(live);
      }
      image.losePower('nothing', weather);
      expect(contentsOf(image)).toEqual(durable);
    }),
    { numRuns: 2000 },
  );
});
