/** Timing for benchmarks: warm up, repeat, keep the best; a figure is only ever read beside another of the same run. */

/** Nanoseconds of CPU a call, the best of five rounds, after a warm-up that lets the JIT settle. */
export function nanosecondsPerCall(run: () => unknown, calls = 50_000): number {
  for (let call = 0; call < calls / 5; call++) run();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const started = process.cpuUsage();
    for (let call = 0; call < calls; call++) run();
    best = Math.min(best, cpuSeconds(started));
  }
  return (best / calls) * 1e9;
}

/** The same for calls that answer by a promise, which is awaited. */
export async function nanosecondsPerAwait(run: () => Promise<unknown>, calls = 20_000): Promise<number> {
  for (let call = 0; call < calls / 5; call++) await run();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const started = process.cpuUsage();
    for (let call = 0; call < calls; call++) await run();
    best = Math.min(best, cpuSeconds(started));
  }
  return (best / calls) * 1e9;
}

/** Seconds of CPU that this process used since `started`: what others do on the machine does not count. */
export function cpuSeconds(started: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(started);
  return (used.user + used.system) / 1e6;
}

export const row = (...cells: readonly (string | number)[]): void =>
  console.log(cells.map((cell, index) => (index === 0 ? String(cell).padEnd(46) : String(cell).padStart(18))).join(''));

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
