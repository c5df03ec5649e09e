/**
 * The simulator's loop: events a second of one core and virtual seconds a second, all checkers on, for a calm and a busy cluster,
 * beside the raw limit of the same run: two hosts that send one byte to and fro. A long-lived process is what counts, so the figures are
 * taken once its code is compiled, with the garbage collector in the thread of the run, as in the hunt's workers; what the first seeds of a process
 * cost is told apart. Ten times the length may cost ten times the CPU.
 */
import type { Connection } from '../../src/io/network.ts';
import { Simulator } from '../../src/io/virtual/simulator.ts';
import { simulate } from '../../src/simulation/run/simulate.ts';
import { parseScenario } from '../../src/simulation/scenario/parse.ts';
import type { Scenario } from '../../src/simulation/scenario.ts';
import { cpuSeconds, row, whole } from './measure.ts';

const seconds = 60;
/** CPU seconds after which V8 has compiled nearly all that it will. */
const warmUpSeconds = 30;
const firstSeeds = 10;
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

/** The same for so many times the length, each minute with the faults of the first. */
function lengthened(scenario: Scenario, times: number): Scenario {
  const minutes = Array.from({ length: times }, (_, minute) => minute * seconds * 1000);
  const shifted = (byMs: number) =>
    scenario.faults.map((fault) => {
      const { trigger } = fault;
      return trigger.type === 'time' ? { ...fault, trigger: { ...trigger, atMs: trigger.atMs + byMs } } : fault;
    });
  return { ...scenario, workload: { ...scenario.workload, seconds: seconds * times }, faults: minutes.flatMap(shifted) };
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

interface Cost {
  readonly cpuSeconds: number;
  readonly events: number;
  readonly virtualSeconds: number;
}

/** What these seeds of a scenario cost together; a run that found something would be no measure. */
function costOf(from: number, runs: number, scenarioOf: (seed: number) => Scenario): Cost {
  let [events, virtualUs, spent] = [0, 0, 0];
  for (let seed = from; seed < from + runs; seed++) {
    const scenario = scenarioOf(seed);
    const started = process.cpuUsage();
    const result = simulate(scenario);
    spent += cpuSeconds(started);
    if (result.verdict === 'finding' || result.verdict === 'unknown') throw new Error(`seed ${seed}: ${JSON.stringify(result.findings[0])}`);
    events += result.events;
    virtualUs += result.virtualUs;
  }
  return { cpuSeconds: spent, events, virtualSeconds: virtualUs / 1e6 };
}

function warmUp(scenarioOf: (seed: number) => Scenario): void {
  const started = process.cpuUsage();
  for (let seed = firstSeeds + 1; cpuSeconds(started) < warmUpSeconds; seed++) simulate(scenarioOf(seed));
}

export function benchLoop(): void {
  const raw = rawDispatchesPerSecond();
  const tell = (name: string, { cpuSeconds: spent, events, virtualSeconds }: Cost): void =>
    row(name, whole(events / spent), whole(virtualSeconds / spent), whole(events / virtualSeconds), (events / spent / raw).toFixed(3));
  row('loop, one core, all checkers on', 'events/s', 'virtual s/s', 'events/virt. s', 'of the raw limit');
  row('raw: two hosts, one byte to and fro', whole(raw), '', '', '1');
  const lengths: (readonly [name: string, cpu: number, events: number])[] = [];
  for (const [name, rate, runs, longRuns] of [
    ['calm: 2 x 5 records/s', 5, 20, 5],
    ['busy: 2 x 50 records/s', 50, 10, 1],
  ] as const) {
    const scenarioOf = (seed: number): Scenario => benchScenario(rate, seed);
    if (lengths.length === 0) tell(`${name}, the first ${firstSeeds} seeds`, costOf(1, firstSeeds, scenarioOf));
    warmUp(scenarioOf);
    tell(name, costOf(100, runs, scenarioOf));
    lengths.push([name, ...timesTheCost(scenarioOf, longRuns)]);
  }
  console.log();
  row('ten times the length', 'times the CPU', 'times the events');
  for (const [name, cpu, events] of lengths) row(name, cpu.toFixed(1), events.toFixed(1));
}

/** CPU and events of runs of ten times the length, for one of the length. In turns, and the best of each: a machine's speed changes meanwhile. */
function timesTheCost(scenarioOf: (seed: number) => Scenario, longRuns: number): readonly [cpu: number, events: number] {
  const rounds = Array.from({ length: 3 }, () => ({
    short: costOf(200, longRuns * 10, scenarioOf),
    long: costOf(200, longRuns, (seed) => lengthened(scenarioOf(seed), 10)),
  }));
  const best = (costs: readonly Cost[]): number => Math.min(...costs.map((cost) => cost.cpuSeconds));
  const [first] = rounds;
  if (first === undefined) throw new Error('no round');
  const cpu = best(rounds.map((round) => round.long)) / best(rounds.map((round) => round.short));
  return [10 * cpu, 10 * (first.long.events / first.short.events)];
}
