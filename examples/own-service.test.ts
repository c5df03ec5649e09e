/** One's own service in the virtual world, unmodified, while the leader that it talks to loses its power. */
import { fileURLToPath } from 'node:url';
import { runSandbox, type SandboxEnv, scenarioOf } from 'faultline';
import 'faultline/vitest';
import { expect, test } from 'vitest';

interface Shop {
  open(): Promise<void>;
  order(value: string): Promise<{ readonly partition: number; readonly offset: number }>;
}

/** Runs in a process of its own, with clock, sockets and modules of its own. */
async function customers(env: SandboxEnv): Promise<void> {
  const { Shop } = env.require('./shop.cjs') as { readonly Shop: new (brokers: readonly string[]) => Shop };
  const shop = new Shop(env.brokers);
  let open = true;
  env.onStop(() => {
    open = false;
  });
  await shop.open();
  const record = env.record.producer({ idempotent: true, maxInFlight: 1 });
  for (let number = 1; open; number++) {
    const value = `order ${number}`;
    const sending = record.send({ topic: 'orders', key: null, value, acks: -1 });
    await shop.order(value).then(
      ({ partition, offset }) => sending.acknowledged(partition, offset),
      (error) => sending.unknown(String(error)),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('the shop takes no order that is lost or doubled when a leader loses its power', async () => {
  const scenario = scenarioOf({
    cluster: { topics: [{ name: 'orders', config: { 'min.insync.replicas': 2 } }] },
    workload: { seconds: 30 },
    faults: [{ kind: 'crash', at: 12_000, target: 'leader(orders-0)' }],
  });
  const result = await runSandbox({ scenario, processes: [{ name: 'shop', start: customers }], resolveFrom: fileURLToPath(import.meta.url) });
  expect(result).toKeepPromises();
  expect(result.acknowledged).toBeGreaterThan(50);
});
