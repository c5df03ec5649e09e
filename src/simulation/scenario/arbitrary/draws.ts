/** Small words for the arbitraries of scenarios, and the times that they share. */
import fc from 'fast-check';
import type { Setting } from '../../cluster/plan.ts';

export const integer = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
export const pick = <T>(...choices: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...choices);
export const weighted = <T>(...choices: readonly (readonly [weight: number, value: T])[]): fc.Arbitrary<T> =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));
export const setting = (key: string, ...values: readonly (number | string)[]): fc.Arbitrary<Setting> =>
  pick(...values).map((value) => ({ key, value: String(value) }));
