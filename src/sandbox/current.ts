/**
 * Whose code runs now. A process of the sandbox is current from the event that it is handed until Node has run every microtask and nextTick
 * that came of it. While none is, the code is the harness's or that of the world outside, for whom nothing is substituted.
 */
import type { SandboxProcess } from './sandbox-process.ts';

let process: SandboxProcess | undefined;
/** Some process was handed something since the last time all was drained. */
let touched = false;

export const current = (): SandboxProcess | undefined => process;
export const isTouched = (): boolean => touched;

/** From now on this process runs. */
export function hand(to: SandboxProcess): void {
  process = to;
  touched = true;
}

/** Everything is drained: nobody runs. */
export function leave(): void {
  process = undefined;
  touched = false;
}

/** Does something that is the harness's own, such as reading a module's file, in the middle of a process's code. */
export function asHarness<T>(act: () => T): T {
  const before = process;
  process = undefined;
  try {
    return act();
  } finally {
    process = before;
  }
}
