/** Wraps an arbitrary of scenarios so that fast-check shrinks what it draws in scenarios' own way. What is drawn stays the same. */
import fc from 'fast-check';
import { type Scenario, scenarioVersion } from '../../scenario.ts';
import { ShrinkProgress, shrinksOf } from './shrinks.ts';

class ShrinkingScenarios extends fc.Arbitrary<Scenario> {
  readonly #drawn: fc.Arbitrary<Scenario>;

  constructor(drawn: fc.Arbitrary<Scenario>) {
    super();
    this.#drawn = drawn;
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<Scenario> {
    return new fc.Value(this.#drawn.generate(random, biasFactor).value, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Scenario {
    return typeof value === 'object' && value !== null && 'version' in value && value.version === scenarioVersion && 'workload' in value;
  }

  /** `context`: how far shrinking is; anything else begins anew. */
  override shrink(value: Scenario, context: unknown): fc.Stream<fc.Value<Scenario>> {
    const from = context instanceof ShrinkProgress ? context : undefined;
    return fc.stream(shrinksOf(value, from)).map(({ scenario, progress }) => new fc.Value(scenario, progress));
  }
}

export const shrinking = (drawn: fc.Arbitrary<Scenario>): fc.Arbitrary<Scenario> => new ShrinkingScenarios(drawn);
