/** Weather: what a draw depends on, and what it does not. */
import { describe, expect, test } from 'vitest';
import { hashName, Weather } from '../../../src/io/virtual/weather.ts';

function draws(seed: string, name: string, atMs: readonly number[]): number[] {
  const weather = new Weather(seed);
  const stream = weather.stream(name);
  return atMs.map((ms) => {
    weather.nowMs = ms;
    return stream.next();
  });
}

describe('a draw', () => {
  test('is a function of seed, name, millisecond and how many draws that name had in it', () => {
    expect(draws('s', 'n', [1, 1, 2])).toEqual(draws('s', 'n', [1, 1, 2]));
    expect(draws('s', 'n', [1, 1, 2, 5])[3]).toBe(draws('s', 'n', [5])[0]);
    expect(draws('s', 'n', [1, 1])[0]).not.toBe(draws('s', 'n', [1, 1])[1]);
    expect(draws('s', 'n', [1])).not.toEqual(draws('t', 'n', [1]));
    expect(draws('s', 'n', [1])).not.toEqual(draws('s', 'm', [1]));
    expect(draws('s', 'n', [1])).not.toEqual(draws('s', 'n', [2]));
  });

  test('is evenly spread over names, milliseconds and repeats, in high and low bits', () => {
    const count = 64_000;
    const high = new Uint32Array(64);
    const low = new Uint32Array(64);
    for (let name = 0; name < 40; name++) {
      const weather = new Weather('seed');
      const stream = weather.stream(`link broker-${name}>broker-1`);
      for (let ms = 0; ms < 400; ms++) {
        weather.nowMs = ms;
        for (let nth = 0; nth < 4; nth++) {
          const draw = stream.next();
          high[draw >>> 26] = (high[draw >>> 26] ?? 0) + 1;
          low[draw & 63] = (low[draw & 63] ?? 0) + 1;
        }
      }
    }
    const chiSquare = (bins: Uint32Array): number => bins.reduce((sum, bin) => sum + (bin - count / 64) * (bin - count / 64), 0) / (count / 64);
    // 63 degrees of freedom: above 110 has a chance of 1 in 5000.
    expect(chiSquare(high)).toBeLessThan(110);
    expect(chiSquare(low)).toBeLessThan(110);
  });

  test('is the same on every machine', () => {
    expect(hashName('broker-1')).toBe(3457046906);
    expect(draws('1', 'broker-1/election', [0, 0, 1234])).toEqual([2320554566, 3072200029, 2263572981]);
  });

  test('below() covers its range and nothing else', () => {
    const weather = new Weather('s');
    const stream = weather.stream('n');
    const seen = new Set(Array.from({ length: 300 }, () => stream.below(5)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});
