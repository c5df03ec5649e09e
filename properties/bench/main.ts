/**
 * `npm run bench`: figures as ratios, side by side in one run. CPU seconds of this process are counted, not wall time. `npm run bench -- log` and the
 * like for some of them.
 */
import { benchCodec } from './codec.ts';
import { benchLog } from './log.ts';
import { benchLoop } from './loop.ts';

const benches: readonly (readonly [name: string, run: () => void | Promise<void>])[] = [
  ['loop', benchLoop],
  ['log', benchLog],
  ['codec', benchCodec],
];
const asked = process.argv.slice(2);
for (const [name, run] of benches) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  await run();
  console.log();
}
