/** Random scripts: the one source for properties and for hunts. The same seed is the same script everywhere. */
import fc from 'fast-check';
import { foldSeed } from '../scenario/seeds.ts';
import { keyCount, type LogOperation, type LogScript, producerIds, scriptVersion } from './operation.ts';

const producer = fc.constantFrom(...producerIds);
const outcome = fc.constantFrom('commit' as const, 'abort' as const);
const percent = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant(100));
const type = <const T>(of: T) => fc.constant(of);
const keys = fc.array(fc.nat(keyCount - 1), { minLength: 1, maxLength: 3 });
/** Mostly all of them: a pass that remembers fewer ends early. */
const maxKeys = fc.constantFrom(1, 2, 3, 100, 100, 100);

/** One at a time, or those that belong together. */
const operations: fc.Arbitrary<readonly LogOperation[]> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.tuple(fc.record({ type: type('append'), producer, keys, transactional: fc.constantFrom(true, true, true, false) })),
  },
  { weight: 12, arbitrary: fc.tuple(fc.record({ type: type('end'), producer, outcome })) },
  { weight: 2, arbitrary: fc.tuple(fc.record({ type: type('retry'), producer })) },
  { weight: 2, arbitrary: fc.tuple(fc.record({ type: type('fence'), producer })) },
  { weight: 2, arbitrary: fc.tuple(fc.record({ type: type('zombie'), producer, key: fc.nat(keyCount - 1) })) },
  { weight: 1, arbitrary: fc.tuple(fc.record({ type: type('elect') })) },
  { weight: 2, arbitrary: fc.tuple(fc.record({ type: type('late-end'), producer, outcome })) },
  { weight: 3, arbitrary: fc.tuple(fc.record({ type: type('replicate'), percent })) },
  { weight: 9, arbitrary: fc.tuple(fc.record({ type: type('replicate'), percent: fc.constant(100) }), fc.record({ type: type('clean'), maxKeys })) },
  { weight: 2, arbitrary: fc.tuple(fc.record({ type: type('clean'), maxKeys })) },
  { weight: 1, arbitrary: fc.tuple(fc.record({ type: type('delete'), percent })) },
  { weight: 1, arbitrary: fc.tuple(fc.record({ type: type('cut'), percent })) },
  { weight: 1, arbitrary: fc.tuple(fc.record({ type: type('flush') })) },
  { weight: 1, arbitrary: fc.tuple(fc.record({ type: type('stop') })) },
  { weight: 2, arbitrary: fc.tuple(fc.record({ type: type('crash'), powerLoss: fc.boolean() })) },
  { weight: 6, arbitrary: fc.tuple(fc.record({ type: type('wait'), ms: fc.constantFrom(10, 600, 1200, 2100) })) },
);

/** In a tenth of the operations that touch the disk the power goes. */
const powerFailsAt = fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(60) });

const withPowerFailures = (plain: readonly LogOperation[], at: readonly (number | undefined)[]): readonly LogOperation[] =>
  plain.map((operation, index): LogOperation => {
    const call = at[index];
    if (call === undefined || operation.type === 'stop' || operation.type === 'crash' || operation.type === 'wait') return operation;
    return { ...operation, powerFailsAt: call };
  });

const many = { minLength: 20, maxLength: 90 } as const;

export const logScripts: fc.Arbitrary<LogScript> = fc
  .record({
    seed: fc.nat(),
    segmentBytes: fc.constantFrom(200, 300, 500),
    drawn: fc.array(fc.tuple(operations, powerFailsAt, powerFailsAt), many),
  })
  .map(({ seed, segmentBytes, drawn }) => ({
    version: scriptVersion,
    description: '',
    seed,
    segmentBytes,
    deleteRetentionMs: 1000,
    producerIdExpirationMs: 3000,
    operations: drawn.flatMap(([some, first, second]) => withPowerFailures(some, [first, second])),
  }));

const unbiased = fc.noBias(logScripts);

/** The script of a seed. */
export function logScriptOfSeed(seed: number): LogScript {
  const [drawn] = fc.sample(unbiased, { seed: foldSeed(seed), numRuns: 1 });
  if (drawn === undefined) throw new Error('fast-check drew nothing');
  return drawn;
}
