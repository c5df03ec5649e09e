/**
 * Puts substitutes in the place of what Node gives to programs, and puts everything back. Owns the mechanism only; what is substituted
 * is told in `substitutes/`. A substitute acts for the process that is current; for code outside the sandbox it is the real thing.
 */
import { syncBuiltinESMExports } from 'node:module';
import { invariant } from '../model/invariant.ts';
import { asHarness, current } from './current.ts';
import { refuse } from './refusal.ts';
import type { SandboxProcess } from './sandbox-process.ts';

/** What a substitute does for a process: `self` is the `this` of the call. */
export type Act = (process: SandboxProcess, args: readonly unknown[], self: unknown) => unknown;

type Callable = (...args: unknown[]) => unknown;
const isCallable = (value: unknown): value is Callable => typeof value === 'function';

interface Replaced {
  readonly object: object;
  readonly key: PropertyKey;
  readonly before: PropertyDescriptor | undefined;
}

export class Substitutions {
  readonly #replaced: Replaced[] = [];

  /** Gives a property another value, or another getter. */
  define(object: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
    const before = Reflect.getOwnPropertyDescriptor(object, key);
    const defined = Reflect.defineProperty(object, key, { ...descriptor, configurable: before?.configurable ?? true });
    invariant(defined, 'a builtin lets itself be substituted', String(key));
    this.#replaced.push({ object, key, before });
  }

  value(object: object, key: PropertyKey, value: unknown): void {
    const before = Reflect.getOwnPropertyDescriptor(object, key);
    this.define(object, key, { value, writable: before?.writable ?? true, enumerable: before?.enumerable ?? true });
  }

  /** A function of the object, if this version of Node has it. Properties of the function itself stay, unless `statics` gives others. */
  call(object: object, key: PropertyKey, act: Act, statics: PropertyDescriptorMap = {}): void {
    const real: unknown = Reflect.get(object, key);
    if (!isCallable(real)) return;
    const substitute = function (this: unknown, ...args: unknown[]): unknown {
      const process = current();
      return process === undefined ? Reflect.apply(real, this, args) : act(process, args, this);
    };
    Object.defineProperties(substitute, { ...Object.getOwnPropertyDescriptors(real), ...statics });
    this.value(object, key, substitute);
  }

  /** A class: `act` is what `new` does, and a call without it. What it stands on (`prototype`, statics) is the real one's. */
  construct(object: object, key: PropertyKey, act: Act): void {
    const real: unknown = Reflect.get(object, key);
    if (!isCallable(real)) return;
    const substitute: Callable = new Proxy(real, {
      construct: (target, args: unknown[], newTarget): object => {
        const process = current();
        const made: unknown =
          process === undefined ? Reflect.construct(target, args, newTarget === substitute ? target : newTarget) : act(process, args, newTarget);
        invariant(typeof made === 'object' && made !== null, 'a substitute makes an object', String(key));
        return made;
      },
    });
    this.value(object, key, substitute);
  }

  /** The call fails, and says what it was and what to do instead. Classes are refused when they are made. */
  refuse(object: object, key: PropertyKey, call: string, remedy: string): void {
    const real: unknown = Reflect.get(object, key);
    if (!isCallable(real)) return;
    if (/^class\b|^[A-Z]/.test(String(key)) || /^class\b/.test(Function.prototype.toString.call(real)))
      this.construct(object, key, () => refuse(`new ${call}`, remedy));
    // Its own properties, such as those that util.promisify looks for, lead to the real thing as well.
    else this.call(object, key, () => refuse(call, remedy), refusedStatics(real, call, remedy));
  }

  /** A getter, or a value that processes may not share. */
  getter(object: object, key: PropertyKey, get: (process: SandboxProcess) => unknown): void {
    const before = Reflect.getOwnPropertyDescriptor(object, key);
    if (before === undefined) return;
    this.define(object, key, {
      enumerable: before.enumerable ?? true,
      get(this: unknown): unknown {
        const process = current();
        if (process !== undefined) return get(process);
        return before.get === undefined ? before.value : Reflect.apply(before.get, this, []);
      },
      set(this: unknown, value: unknown): void {
        if (before.set !== undefined) Reflect.apply(before.set, this, [value]);
      },
    });
  }

  /** Lets `import { x } from 'node:y'` see what was substituted. */
  sync(): void {
    syncBuiltinESMExports();
  }

  /** Puts everything back, the last substitution first. */
  restore(): void {
    asHarness(() => {
      for (const { object, key, before } of this.#replaced.reverse()) {
        if (before === undefined) Reflect.deleteProperty(object, key);
        else Reflect.defineProperty(object, key, before);
      }
      this.#replaced.length = 0;
      syncBuiltinESMExports();
    });
  }
}

function refusedStatics(real: Callable, call: string, remedy: string): PropertyDescriptorMap {
  const statics: PropertyDescriptorMap = {};
  for (const key of Reflect.ownKeys(real)) {
    const inner: unknown = Reflect.get(real, key);
    if (key === 'prototype' || !isCallable(inner)) continue;
    const substitute = function (this: unknown, ...args: unknown[]): unknown {
      return current() === undefined ? Reflect.apply(inner, this, args) : refuse(call, remedy);
    };
    statics[key as string] = { value: substitute, configurable: true, writable: true };
  }
  return statics;
}
