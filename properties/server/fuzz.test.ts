/** A sample of what `npm run test:fuzz` throws at a running server, so that the suite notices a server that no longer stands it. */
import { expect, test } from 'vitest';
import { fuzzServe } from '../interop/fuzz.ts';
import { startServe } from '../interop/serve-process.ts';

test('damaged frames neither stop the server nor keep it from a client that behaves', async () => {
  const server = await startServe(['--brokers', '3']);
  try {
    const report = await fuzzServe(server.bootstrap, server.child.pid ?? 0, { seed: 2026, frames: 4000, connections: 40 }, () => undefined);
    expect(report.frames).toBe(4000);
    expect(report.closed).toBeGreaterThan(1000);
    expect(report.answered).toBeGreaterThan(100);
    expect(report.served).toBeGreaterThan(10);
  } finally {
    expect(await server.stop(), server.printed()).toBe(0);
  }
});
