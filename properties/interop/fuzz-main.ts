/** `npm run test:fuzz [frames] [seed]`: damaged frames, 100,000 unless told, against `faultline serve`. */
import { Checklist } from './checklist.ts';
import { fuzzServe } from './fuzz.ts';
import { kafkajsFor } from './kafkajs.ts';
import { startServe } from './serve-process.ts';

const [frames, seed] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 1)];
const list = new Checklist();
const server = await startServe(['--brokers', '3']);
await list.check(`${frames} damaged frames (seed ${seed}): serve lives, answers a well-behaved client and keeps its memory`, async () => {
  const report = await fuzzServe(server.bootstrap, server.child.pid ?? 0, { seed, frames, connections: 160 }, (done) =>
    console.log(`         ${done} frames`),
  );
  console.log(`         ${JSON.stringify(report)}`);
  const grown = report.residentMiB.end - report.residentMiB.warm;
  if (grown > 96) throw new Error(`resident memory grew by ${grown} MiB`);
});
await list.check('the frames got as far as a group, which its coordinator lists', async () => {
  const admin = kafkajsFor(server.bootstrap).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  if (!groups.some((each) => each.groupId === 'g')) throw new Error(`there are ${groups.map((each) => each.groupId).join()}`);
});
await list.check('serve ends with 0 on SIGTERM', async () => {
  const code = await server.stop();
  if (code !== 0) throw new Error(`serve ended with ${code}:\n${server.printed().slice(-3000)}`);
});
list.end();
