/** All substitutes, put in place together; whoever asked for them puts everything back. */
import { asHarness } from '../current.ts';
import { Substitutions } from '../substitutions.ts';
import { substituteClock } from './clock.ts';
import { substituteNetwork } from './network.ts';
import { substituteProcess } from './own-process.ts';
import { substituteRandom } from './random.ts';
import { substituteRefused } from './refused.ts';
import { substituteThreads } from './threads.ts';
import { substituteTimers } from './timers.ts';

export function substituteAll(): Substitutions {
  // A piped one is a net.Socket that Node makes at the first touch; it shall be a real one.
  void process.stdout.writable;
  void process.stderr.writable;
  const substitutions = new Substitutions();
  try {
    // Network before refusals: it keeps what http and the like would take.
    for (const substitute of [
      substituteTimers,
      substituteClock,
      substituteRandom,
      substituteNetwork,
      substituteThreads,
      substituteProcess,
      substituteRefused,
    ])
      substitute(substitutions);
    keepStacks(substitutions);
    substitutions.sync();
    return substitutions;
  } catch (error) {
    substitutions.restore();
    throw error;
  }
}

/** Whoever maps the lines of stack traces reads files for it. */
function keepStacks(substitutions: Substitutions): void {
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
  if (typeof prepare !== 'function') return;
  substitutions.value(Error, 'prepareStackTrace', (...args: unknown[]): unknown => asHarness(() => Reflect.apply(prepare, Error, args)));
}
