/**
 * Timers of a process: setTimeout, setInterval, setImmediate and what clears them, as globals, of node:timers and of node:timers/promises,
 * and AbortSignal.timeout. process.nextTick and queueMicrotask stay as they are: the loop waits for them.
 */
import { AsyncResource } from 'node:async_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Timer } from '../../io/clock.ts';
import { current } from '../current.ts';
import type { SandboxProcess } from '../sandbox-process.ts';
import type { Substitutions } from '../substitutions.ts';

const longestMs = 2_147_483_647;

type Callback = (...args: unknown[]) => unknown;
const isCallback = (value: unknown): value is Callback => typeof value === 'function';

function callbackOf(value: unknown): Callback {
  if (isCallback(value)) return value;
  throw Object.assign(new TypeError(`The "callback" argument must be of type function. Received ${String(value)}`), { code: 'ERR_INVALID_ARG_TYPE' });
}

/** As Node has it: what is no delay, or too long for one, is 1 ms. */
function delayOf(value: unknown): number {
  const delay = Number(value);
  return delay >= 1 && delay <= longestMs ? Math.trunc(delay) : 1;
}

/** What setTimeout, setInterval and setImmediate hand out. */
export class VirtualTimeout extends AsyncResource {
  readonly #process: SandboxProcess;
  readonly #callback: Callback;
  readonly #args: readonly unknown[];
  readonly #delayMs: number;
  readonly #repeats: boolean;
  #timer: Timer | undefined;
  #referenced = true;

  /** `delayMs` 0 fires at this very moment, after all that is due. */
  constructor(process: SandboxProcess, callback: Callback, args: readonly unknown[], delayMs: number, repeats: boolean) {
    super('Timeout');
    this.#process = process;
    this.#callback = callback;
    this.#args = args;
    this.#delayMs = delayMs;
    this.#repeats = repeats;
    this.#start();
  }

  #start(): void {
    this.#timer = this.#process.after(this.#delayMs, () => this.#fire());
  }

  #fire(): void {
    const timer = this.#timer;
    try {
      this.runInAsyncScope(this.#callback, this, ...this.#args);
    } finally {
      // Unless the callback cleared or refreshed it.
      if (this.#timer === timer) {
        if (this.#repeats) this.#start();
        else this.#timer = undefined;
      }
    }
  }

  close(): this {
    this.#timer?.cancel();
    this.#timer = undefined;
    return this;
  }

  refresh(): this {
    this.#timer?.cancel();
    this.#start();
    return this;
  }

  ref(): this {
    this.#referenced = true;
    return this;
  }
  unref(): this {
    this.#referenced = false;
    return this;
  }
  hasRef(): boolean {
    return this.#referenced;
  }

  [Symbol.toPrimitive](): number {
    return this.#process.numbered(this);
  }
}

const start = (process: SandboxProcess, [callback, delay, ...args]: readonly unknown[], repeats: boolean): VirtualTimeout =>
  new VirtualTimeout(process, callbackOf(callback), args, Math.max(delayOf(delay), process.timerFloorMs), repeats);
const immediate = (process: SandboxProcess, [callback, ...args]: readonly unknown[]): VirtualTimeout =>
  new VirtualTimeout(process, callbackOf(callback), args, 0, false);

function signalOf(options: unknown): AbortSignal | undefined {
  const signal: unknown = typeof options === 'object' && options !== null && 'signal' in options ? options.signal : undefined;
  return signal instanceof AbortSignal ? signal : undefined;
}

/** A promise that a timer keeps, and a signal may break. */
function waited(process: SandboxProcess, delayMs: number, value: unknown, options: unknown): Promise<unknown> {
  const signal = signalOf(options);
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      timeout.close();
      reject(Object.assign(new Error('The operation was aborted', { cause: signal?.reason }), { name: 'AbortError', code: 'ABORT_ERR' }));
    };
    const timeout = new VirtualTimeout(
      process,
      () => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      },
      [],
      delayMs,
      false,
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

const floored = (process: SandboxProcess, delay: unknown): number => Math.max(delayOf(delay), process.timerFloorMs);

async function* ticks(process: SandboxProcess, delay: unknown, value: unknown, options: unknown): AsyncGenerator<unknown> {
  for (;;) yield await waited(process, floored(process, delay), value, options);
}

/** What util.promisify makes of a timer. */
const promised = (act: (process: SandboxProcess, args: readonly unknown[]) => Promise<unknown>, real: unknown): PropertyDescriptor => ({
  value: (...args: unknown[]): unknown => {
    const process = current();
    if (process !== undefined) return act(process, args);
    return isCallback(real) ? real(...args) : undefined;
  },
  configurable: true,
});

export function substituteTimers(substitutions: Substitutions): void {
  const afterDelay = (process: SandboxProcess, [delay, value, options]: readonly unknown[]) =>
    waited(process, floored(process, delay), value, options);
  const atOnce = (process: SandboxProcess, [value, options]: readonly unknown[]) => waited(process, 0, value, options);
  const clear = (process: SandboxProcess, [timeout]: readonly unknown[], real: (timeout: never) => void): void => {
    if (timeout instanceof VirtualTimeout) timeout.close();
    else if (typeof timeout === 'number' || typeof timeout === 'string') process.timeoutOf(Number(timeout))?.close();
    else if (typeof timeout === 'object' && timeout !== null) Reflect.apply(real, undefined, [timeout]);
  };
  const own = [timers.setTimeout, timers.setImmediate].map((each): unknown => Reflect.get(each, promisify.custom));
  const real = { clearTimeout, clearInterval, clearImmediate };
  for (const object of [globalThis, timers]) {
    substitutions.call(object, 'setTimeout', (process, args) => start(process, args, false), { [promisify.custom]: promised(afterDelay, own[0]) });
    substitutions.call(object, 'setInterval', (process, args) => start(process, args, true));
    substitutions.call(object, 'setImmediate', immediate, { [promisify.custom]: promised(atOnce, own[1]) });
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'] as const)
      substitutions.call(object, name, (process, args) => clear(process, args, real[name]));
  }
  substitutions.call(timersPromises, 'setTimeout', afterDelay);
  substitutions.call(timersPromises, 'setImmediate', atOnce);
  substitutions.call(timersPromises, 'setInterval', (process, [delay, value, options]) => ticks(process, delay, value, options));
  substitutions.call(timersPromises.scheduler, 'wait', (process, [delay, options]) => waited(process, floored(process, delay), undefined, options));
  substitutions.call(timersPromises.scheduler, 'yield', (process) => waited(process, 0, undefined, undefined));
  substitutions.call(AbortSignal, 'timeout', (process, [delay]) => {
    const controller = new AbortController();
    start(process, [() => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay], false);
    return controller.signal;
  });
}
