/** `npm run test:interop`: clients of other makers against `faultline serve`. Says what it skipped and why. */
import { Checklist } from './checklist.ts';
import { checkKcat } from './kcat.ts';

const list = new Checklist();
await checkKcat(list);
list.end();
