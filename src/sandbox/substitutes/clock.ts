/** What tells the time: Date, performance, process.hrtime and uptime, and Intl where it is asked for the time now. */
import { current } from '../current.ts';
import type { SandboxProcess } from '../sandbox-process.ts';
import type { Substitutions } from '../substitutions.ts';

const realDate = Date;

function hrtime(process: SandboxProcess, since: unknown): [number, number] {
  const ms = process.monotonicMs;
  let seconds = Math.floor(ms / 1000);
  let nanos = (ms % 1000) * 1_000_000;
  if (Array.isArray(since)) {
    seconds -= Number(since[0]);
    nanos -= Number(since[1]);
    if (nanos < 0) {
      seconds--;
      nanos += 1_000_000_000;
    }
  }
  return [seconds, nanos];
}

export function substituteClock(substitutions: Substitutions): void {
  const now = (process: SandboxProcess): number => process.wallMs;
  substitutions.call(realDate, 'now', now);
  const date = new Proxy(realDate, {
    construct: (target, args: unknown[], newTarget) => {
      const process = args.length === 0 ? current() : undefined;
      return Reflect.construct(target, process === undefined ? args : [process.wallMs], newTarget);
    },
    apply: (target) => {
      const process = current();
      return process === undefined ? target() : new target(process.wallMs).toString();
    },
  });
  substitutions.value(globalThis, 'Date', date);
  // So that `new date.constructor()` is the substitute too.
  substitutions.value(realDate.prototype, 'constructor', date);

  substitutions.call(performance, 'now', (process) => process.monotonicMs);
  substitutions.define(performance, 'timeOrigin', {
    enumerable: true,
    get: () => {
      const process = current();
      return process === undefined ? realTimeOrigin : process.wallMs - process.monotonicMs;
    },
  });

  const bigint = process.hrtime.bigint;
  substitutions.call(process, 'hrtime', (owner, [since]) => hrtime(owner, since), {
    bigint: {
      value: () => {
        const owner = current();
        return owner === undefined ? bigint() : BigInt(owner.monotonicMs) * 1_000_000n;
      },
      configurable: true,
    },
  });
  substitutions.call(process, 'uptime', (owner) => owner.monotonicMs / 1000);

  const { prototype } = Intl.DateTimeFormat;
  const format = Reflect.getOwnPropertyDescriptor(prototype, 'format')?.get;
  substitutions.define(prototype, 'format', {
    enumerable: false,
    get(this: Intl.DateTimeFormat): unknown {
      const real: unknown = format === undefined ? undefined : Reflect.apply(format, this, []);
      return (when?: number | Date) => (typeof real === 'function' ? Reflect.apply(real, this, [when ?? current()?.wallMs]) : undefined);
    },
  });
  const { formatToParts } = prototype;
  substitutions.call(prototype, 'formatToParts', (owner, [when], self) => Reflect.apply(formatToParts, self, [when ?? owner.wallMs]));
}

const realTimeOrigin = performance.timeOrigin;
