/** Puts what coordinators say of one group on a stage for the oracle, one line each: brokers 1 to 3, one partition, time that moves by itself. */
import type { MemberAssignment, NodeEvent } from '../../../src/io/node-event.ts';
import { brokerId, leaderEpoch } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { apis } from '../../../src/protocol/apis.ts';
import { Findings } from '../../../src/simulation/checker/finding.ts';
import { GroupOracle } from '../../../src/simulation/checker/state/group-oracle.ts';
import type { SyncLimits } from '../../../src/simulation/checker/state/sync-watch.ts';
import { orders } from './stage.ts';

export const group = 'g';
export const home = topicPartition('__consumer_offsets', 0);
export const more = topicPartition('orders', 1);

export class GroupStage {
  readonly findings = new Findings();
  readonly oracle: GroupOracle;
  timeUs = 0;
  /** What faults took from the group's log beyond tolerance. */
  lost: string | undefined;

  constructor(limits: SyncLimits = { commitTimeoutMs: 5000, onTheirWay: 100 }) {
    this.oracle = new GroupOracle(this.findings, (partition) => (partition === home ? this.lost : undefined), limits);
    const state = { leader: brokerId(1), leaderEpoch: leaderEpoch(0), partitionEpoch: 0, replicas: [], isr: [], elr: [], minIsr: 1 };
    this.tell(1000, { type: 'partitionState', partition: home, ...state });
    this.load(1, 0);
  }

  /** What was reported, as `verdict anomaly`. */
  get reported(): readonly string[] {
    return this.findings.list().map(({ verdict, anomaly }) => `${verdict} ${anomaly}`);
  }

  tell(host: number, event: NodeEvent): this {
    this.timeUs += 1000;
    this.oracle.observe(this.timeUs, host, event);
    return this;
  }
  load(host: number, epoch: number): this {
    return this.tell(host, { type: 'coordinator', partition: home, role: 'loaded', epoch: leaderEpoch(epoch) });
  }
  unload(host: number, epoch: number): this {
    return this.tell(host, { type: 'coordinator', partition: home, role: 'unloaded', epoch: leaderEpoch(epoch) });
  }
  crash(host: number): this {
    this.oracle.crashed(this.timeUs, host);
    return this;
  }
  rebalance(host: number, generation: number): this {
    return this.tell(host, { type: 'rebalancing', group, generation, reason: 'join' });
  }
  remove(host: number, member: string): this {
    return this.tell(host, { type: 'memberRemoved', group, member });
  }
  generation(host: number, generation: number, ...members: readonly string[]): this {
    return this.tell(host, {
      type: 'generation',
      group,
      generation,
      members,
      protocol: 'range',
      leader: members[0] ?? '',
      reason: 'join',
      timeoutMs: 10_000,
    });
  }
  sync(host: number, ...members: readonly string[]): this {
    for (const member of members) this.tell(host, { type: 'memberSynced', group, member });
    return this;
  }
  /** Members in their order get the first partition, the second, and nothing; or what `given` says. */
  assign(host: number, generation: number, members: readonly string[], given?: readonly MemberAssignment[]): this {
    const shares = members.map((member, at) => ({ member, partitions: at === 0 ? [orders] : at === 1 ? [more] : [] }));
    return this.tell(host, { type: 'assignment', group, generation, members: given ?? shares });
  }
  /** A generation from its join to its assignment. */
  settle(host: number, generation: number, ...members: readonly string[]): this {
    return this.rebalance(host, generation - 1)
      .generation(host, generation, ...members)
      .assign(host, generation, members);
  }
  accept(host: number, member: string, generation: number, offset = 5): this {
    return this.tell(host, { type: 'commitAccepted', group, member, generation, offsets: [{ partition: orders, offset }] });
  }
  /** The commit is answered. */
  answer(host: number, offset: number): this {
    return this.tell(host, { type: 'committed', group, member: 'a', generation: 1, partition: orders, offset });
  }
  commit(host: number, member: string, generation: number, offset: number): this {
    return this.accept(host, member, generation, offset).answer(host, offset);
  }
  fetch(host: number, offset: number, stable = true): this {
    return this.tell(host, { type: 'offsetsFetched', group, stable, offsets: [{ partition: orders, offset }] });
  }
  /** Time goes by, then the coordinator answers so many requests. */
  beat(host: number, afterMs: number, times = 1): this {
    this.timeUs += afterMs * 1000;
    for (let each = 0; each < times; each++) this.tell(host, { type: 'answered', apiKey: apis.heartbeat.key, error: 0 });
    return this;
  }
  later(ms: number): this {
    this.timeUs += ms * 1000;
    return this;
  }
  bury(host: number, whole: boolean, cause: 'expired' | 'asked' | 'topic' = 'asked'): this {
    return this.tell(host, { type: 'forgotten', group, partitions: [orders], whole, cause });
  }
}
