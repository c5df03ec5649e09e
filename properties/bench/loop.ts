/**
 * The simulator's loop: events a second of one core and virtual seconds a second, all checkers on, for a calm and a busy cluster,
 * beside the raw limit of the same run: two hosts that send one byte to and fro.
 */
import type { Connection } from '../../src/io/network.ts';
import { Simulator } from '../../src/io/virtual/simulator.ts';
import { simulate } from '../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../src/simulation/scenario.ts';
import { cpuSeconds, row, whole } from './measure.ts';

const seconds = 60;
/** A fault every five seconds, one kind after the other, each over before the next. */
const faults = [
  '{ kind: slow-network, at: 5000, target: broker(1), durationMs: 3000, latencyMs: 20, jitterMs: 20 }',
  '{ kind: reset, at: 10000, target: leader(orders-0) }',
  '{ kind: pause, at: 15000, target: "follower(orders-1, 0)", durationMs: 2000 }',
  '{ kind: crash, at: 20000, target: leader(orders-2), powerLoss: true, downMs: 3000 }',
  '{ kind: client-cut, at: 25000, target: client(producer-1), durationMs: 2000 }',
  '{ kind: slow-disk, at: 30000, target: "follower(orders-0, 1)", durationMs: 3000, perOperationMs: 5 }',
  '{ kind: partition, at: 35000, target: "follower(orders-2, 0)", durationMs: 3000 }',
  '{ kind: crash, at: 40000, target: controller, powerLoss: false, downMs: 2000 }',
  '{ kind: partition-one-way, at: 45000, target: leader(orders-1), direction: outbound, durationMs: 2000 }',
  '{ kind: reset, at: 50000, target: controller }',
  '{ kind: pause, at: 55000, target: leader(orders-0), durationMs: 2000 }',
];

/** Three brokers, one topic of three partitions on all of them, two producers, three consumers. */
export function benchScenario(ratePerSecond: number, seed: number): Scenario {
  const producer = (id: number): string =>
    `{ id: producer-${id}, topic: orders, acks: all, ratePerSecond: ${ratePerSecond}, keys: 20, valueBytes: 100, deliveryTimeoutMs: 20000, requestTimeoutMs: 5000, maxInFlight: 1 }`;
  const text = `
version: 1
seed: ${seed}
cluster:
  brokers: 3
  topics: [{ name: orders, partitions: 3, replicationFactor: 3, config: { min.insync.replicas: 2 } }]
workload:
  seconds: ${seconds}
  producers:
    - ${producer(1)}
    - ${producer(2)}
  consumers:
    - { id: consumer-1, topic: orders }
    - { id: consumer-2, topic: orders }
    - { id: consumer-3, topic: orders }
faults:
${faults.map((fault) => `  - ${fault}`).join('\n')}
`;
  const scenario = parseScenario(text);
  if (!scenario.ok) throw new Error(scenario.error.join('\n'));
  return scenario.value;
}

/** Dispatches a second of a world that does nothing else. */
function rawDispatchesPerSecond(): number {
  const simulator = new Simulator({ seed: 'bench' });
  const echo = (connection: Connection) => ({
    opened: () => undefined,
    received: (bytes: Uint8Array) => {
      connection.write(bytes);
    },
    drained: () => undefined,
    closed: () => undefined,
  });
  simulator.host('server', { id: 1 }).boot((world) => {
    world.network.listen(1, echo);
  });
  simulator.host('client', { id: 2 }).boot((world) => {
    world.network.connect('server', 1, (connection) => ({ ...echo(connection), opened: () => void connection.write(new Uint8Array(1)) }));
  });
  simulator.run(5e6);
  const [before, started] = [simulator.dispatches, process.cpuUsage()];
  simulator.run(simulator.nowUs + 400e6);
  return (simulator.dispatches - before) / cpuSeconds(started);
}

interface Speed {
  readonly eventsPerSecond: number;
  readonly virtualPerSecond: number;
  readonly eventsPerVirtualSecond: number;
}

function speedOf(ratePerSecond: number, runs: number): Speed {
  for (let seed = 1; seed <= 5; seed++) simulate(benchScenario(ratePerSecond, seed));
  let [events, virtualUs, spent] = [0, 0, 0];
  for (let seed = 100; seed < 100 + runs; seed++) {
    const scenario = benchScenario(ratePerSecond, seed);
    const started = process.cpuUsage();
    const result = simulate(scenario);
    spent += cpuSeconds(started);
    if (result.verdict === 'finding' || result.verdict === 'unknown') throw new Error(`seed ${seed}: ${JSON.stringify(result.findings[0])}`);
    events += result.events;
    virtualUs += result.virtualUs;
  }
  return { eventsPerSecond: events / spent, virtualPerSecond: virtualUs / 1e6 / spent, eventsPerVirtualSecond: events / (virtualUs / 1e6) };
}

export function benchLoop(): void {
  const raw = rawDispatchesPerSecond();
  row('loop, one core, all checkers on', 'events/s', 'virtual s/s', 'events/virt. s', 'of the raw limit');
  row('raw: two hosts, one byte to and fro', whole(raw), '', '', '1');
  for (const [name, rate, runs] of [
    ['calm: 2 x 5 records/s', 5, 20],
    ['busy: 2 x 50 records/s', 50, 10],
  ] as const) {
    const speed = speedOf(rate, runs);
    row(
      name,
      whole(speed.eventsPerSecond),
      whole(speed.virtualPerSecond),
      whole(speed.eventsPerVirtualSecond),
      (speed.eventsPerSecond / raw).toFixed(3),
    );
  }
}
