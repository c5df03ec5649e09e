/** `npm run bench`: figures as ratios, side by side in one run. CPU seconds of this process are counted, not wall time. */
import { benchCodec } from './codec.ts';
import { benchLoop } from './loop.ts';

benchLoop();
console.log();
await benchCodec();
