/** `npm run test:interop`: clients of other makers against `faultline serve`. Says what it skipped and why. */
import { Checklist } from './checklist.ts';
import { checkControl } from './control.ts';
import { checkDumped } from './dumped.ts';
import { checkJava } from './java.ts';
import { checkKafkaWritten } from './kafka-written.ts';
import { checkKafkajs } from './kafkajs.ts';
import { checkKcat } from './kcat.ts';
import { checkKilled } from './killed.ts';
import { checkValidator } from './validator.ts';

const list = new Checklist();
await checkKafkajs(list);
await checkControl(list);
await checkKcat(list);
await checkJava(list);
await checkValidator(list);
await checkDumped(list);
await checkKafkaWritten(list);
await checkKilled(list);
list.end();
