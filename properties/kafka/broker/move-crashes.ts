/**
 * One move of a replica under load that a power loss cuts short at one disk call of its broker, or an error of that call, after which the process dies and
 * starts again. Judged by the replication oracle: nothing acknowledged may be gone, and each log that is opened again is what it was.
 */
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import type { TopicPartition } from '../../../src/model/topic-partition.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { Findings } from '../../../src/simulation/checker/finding.ts';
import { ReplicationOracle } from '../../../src/simulation/checker/state/replication-oracle.ts';
import { storedBatches } from '../../../src/simulation/run/audit.ts';
import { Rig } from './rig.ts';

const disks = ['d0', 'd1'];
const records = 60;

export interface CutMove {
  /** The power went off, or the error came, at that call, before the move was done. */
  readonly struck: boolean;
  readonly findings: readonly string[];
  /** Records that were acknowledged and are not read, or not in their places. */
  readonly lost: number;
  readonly moved: boolean;
}

/** `call`: which disk call of broker 1, from 1, after the move was asked for; `seed` decides what the disk keeps of what was not synced. */
export function cutMove(call: number, seed: number, rules: Rules = kafkaRules, how: 'power' | 'error' = 'power'): CutMove {
  const rig = new Rig({ disks, rules, seed: `cut ${call} ${seed}`, config: { replicaFetchMaxBytes: 400, replicaFetchBackoffMs: 50 } });
  const findings = new Findings();
  const oracle = new ReplicationOracle(findings, {
    stored: (id, partition: TopicPartition) => storedBatches(disks.map((disk) => rig.host(id).disk(disk)).values(), partition),
  });
  rig.simulator.observer = (host, event) => {
    rig.seen.push({ timeUs: rig.simulator.nowUs, host: host.name, event });
    oracle.observe(rig.simulator.nowUs, host.id, event);
  };
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 3, configs: new Map([['min.insync.replicas', '2']]) });
  const producer = rig.producer('all');
  const sent: ReturnType<Rig['send']>[] = [];
  const send = (count: number): void => {
    for (let index = 0; index < count; index++) {
      sent.push(rig.send(producer, 'orders', `v${sent.length}`.padEnd(100, '.')));
      rig.run(2);
    }
  };
  send(records / 3);
  rig.until(() => sent.every(({ outcome }) => outcome !== undefined), 10_000, 'the first answers');
  const host = rig.host(1);
  const home = () => rig.broker(1).replicas.byName('orders', 0)?.log?.directory;
  const to = home() === 'd0' ? 'd1' : 'd0';
  // What the replica has synced it has promised to have after a power loss.
  host.enter(() => rig.broker(1).replicas.byName('orders', 0)?.log?.flush());
  let off = false;
  host.onPowerLoss = () => {
    off = true;
    oracle.crashed(rig.simulator.nowUs, 1, true);
  };
  let calls = 0;
  const trap = how === 'power' ? host.crashAtDiskCall(call) : host.failDiskCalls(() => ++calls === call);
  const ask = (): void => {
    try {
      rig.ask(1, apis.alterReplicaLogDirs, { dirs: [{ path: to, topics: [{ name: 'orders', partitions: [0] }] }] });
    } catch {
      // It has no power.
    }
  };
  ask();
  send(records / 3);
  const struck = off || calls >= call;
  trap.heal();
  if (struck && !off) {
    host.crash({ powerLoss: false });
    oracle.crashed(rig.simulator.nowUs, 1, false);
  }
  if (struck) {
    rig.run(200);
    oracle.restarted(rig.simulator.nowUs, 1);
    rig.start(1);
  }
  send(records / 3);
  rig.until(() => rig.broker(1).running && sent.every(({ outcome }) => outcome !== undefined), 60_000, 'all answers');
  const isr = () => rig.broker(2).image.topicByName('orders')?.partitions[0]?.isr.length;
  const isWhole = comesTrue(() => rig.until(() => isr() === 3, 60_000));
  if (home() !== to) ask();
  const moved = isWhole && comesTrue(() => rig.until(() => home() === to, 20_000));
  send(3);
  rig.until(() => sent.every(({ outcome }) => outcome !== undefined), 60_000, 'all answers');
  oracle.finish(rig.simulator.nowUs);
  const acknowledged = sent.flatMap(({ outcome }, index) =>
    outcome !== undefined && 'offset' in outcome ? [[outcome.offset, `v${index}`] as const] : [],
  );
  const read = new Map(rig.consume('orders', acknowledged.length).map(([offset, value]) => [offset as number, value.replace(/\.+$/, '')]));
  const lost = acknowledged.filter(([offset, value]) => read.get(offset) !== value).length;
  const bad = findings
    .list()
    .filter(({ verdict }) => verdict === 'finding')
    .map(({ anomaly, place, message }) => `${anomaly} at ${place}: ${message}`);
  return { struck, findings: bad, lost, moved };
}

/** Whether what is waited for comes in time. */
function comesTrue(wait: () => void): boolean {
  try {
    wait();
    return true;
  } catch {
    return false;
  }
}
