/** Puts events on a stage for the oracle, one line each: one partition, brokers 1 to 3, time that moves by itself. */
import type { BatchSummary, NodeEvent } from '../../../src/io/node-event.ts';
import { brokerEpoch, brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { Findings } from '../../../src/simulation/checker/finding.ts';
import { type OracleOptions, ReplicationOracle } from '../../../src/simulation/checker/state/replication-oracle.ts';

export const orders = topicPartition('orders', 0);
export const ids = (list: readonly number[]) => list.map(brokerId);
/** One batch; its CRC is made of its place, so that the same batch is the same everywhere. */
export const batch = (base: number, last: number, epoch: number, crc = base * 1000 + epoch): BatchSummary => ({
  base: offset(base),
  last: offset(last),
  epoch: leaderEpoch(epoch),
  crc,
});

export class Stage {
  readonly findings = new Findings();
  readonly oracle: ReplicationOracle;
  timeUs = 0;
  /** Hears every event as well. */
  listener: ((hostId: number, event: NodeEvent) => void) | undefined;
  readonly #epochs = new Map<number, number>();
  /** What the log that is opened holds. */
  #stored: readonly BatchSummary[] = [];

  constructor(options: Partial<OracleOptions> = {}) {
    this.oracle = new ReplicationOracle(this.findings, { stored: () => this.#stored, ...options });
  }

  /** What was reported, as `verdict anomaly`, each once. */
  get reported(): readonly string[] {
    return [...new Set(this.findings.list().map((finding) => `${finding.verdict} ${finding.anomaly}`))];
  }

  tell(hostId: number, event: NodeEvent): void {
    this.timeUs += 1000;
    this.listener?.(hostId, event);
    this.oracle.observe(this.timeUs, hostId, event);
  }

  controller(
    leader: number,
    epoch: number,
    partitionEpoch: number,
    isr: readonly number[],
    elr: readonly number[] = [],
    minIsr = 2,
    replicas = [1, 2, 3],
  ): void {
    this.tell(1000, {
      type: 'partitionState',
      partition: orders,
      leader: brokerId(leader),
      leaderEpoch: leaderEpoch(epoch),
      partitionEpoch,
      replicas: ids(replicas),
      isr: ids(isr),
      elr: ids(elr),
      minIsr,
    });
  }
  registered(broker: number, unclean: boolean): void {
    this.tell(1000, { type: 'registered', broker: brokerId(broker), brokerEpoch: brokerEpoch(this.timeUs), unclean });
  }
  fence(broker: number): void {
    this.tell(1000, { type: 'fenced', broker: brokerId(broker) });
  }
  unfence(broker: number): void {
    this.tell(1000, { type: 'unfenced', broker: brokerId(broker) });
  }
  role(host: number, role: 'leader' | 'follower' | 'none', epoch: number, leader: number): void {
    this.#epochs.set(host, epoch);
    this.tell(host, { type: 'role', partition: orders, role, epoch: leaderEpoch(epoch), leader: brokerId(leader) });
  }
  isr(host: number, isr: readonly number[], maximalIsr: readonly number[] = isr, minIsr = 2): void {
    const epoch = leaderEpoch(this.#epochs.get(host) ?? 0);
    this.tell(host, { type: 'isr', partition: orders, epoch, partitionEpoch: 0, isr: ids(isr), maximalIsr: ids(maximalIsr), minIsr });
  }
  append(host: number, ...batches: readonly BatchSummary[]): void {
    for (const each of batches) this.tell(host, { type: 'appended', partition: orders, ...each });
  }
  truncate(host: number, from: number, to: number): void {
    this.tell(host, { type: 'truncated', partition: orders, to: offset(to), from: offset(from) });
  }
  synced(host: number, to: number): void {
    this.tell(host, { type: 'synced', partition: orders, to: offset(to) });
  }
  recovered(host: number, batches: readonly BatchSummary[], clean = false, logStart = 0, highWatermark = logStart): void {
    const logEnd = offset((batches.at(-1)?.last ?? logStart - 1) + 1);
    this.#stored = batches;
    this.tell(host, { type: 'recovered', partition: orders, logStart: offset(logStart), logEnd, highWatermark: offset(highWatermark), clean });
  }
  highWatermark(host: number, to: number): void {
    this.tell(host, { type: 'highWatermark', partition: orders, offset: offset(to) });
  }
  acknowledge(host: number, base: number, last: number, acks = -1): void {
    const epoch = leaderEpoch(this.#epochs.get(host) ?? 0);
    this.tell(host, { type: 'acknowledged', partition: orders, base: offset(base), last: offset(last), epoch, acks });
  }
  serve(host: number, from: number, to: number): void {
    this.tell(host, { type: 'served', partition: orders, from: offset(from), to: offset(to) });
  }
  crash(host: number, lossy: boolean): void {
    this.timeUs += 1000;
    this.oracle.crashed(this.timeUs, host, lossy);
  }
  stop(host: number): void {
    this.timeUs += 1000;
    this.oracle.stopped(this.timeUs, host);
  }
  restart(host: number): void {
    this.timeUs += 1000;
    this.oracle.restarted(this.timeUs, host);
  }
  audit(logs: readonly (readonly [number, readonly BatchSummary[]])[]): void {
    this.oracle.audit(
      this.timeUs,
      logs.map(([hostId, batches]) => ({
        hostId,
        partition: orders,
        logStart: offset(0),
        logEnd: offset((batches.at(-1)?.last ?? -1) + 1),
        batches,
      })),
    );
  }

  /** Leader 1 of epoch 0, all in sync, all hold [0, 10) and [10, 20), 20 is committed and known to all. */
  static settled(options: Partial<OracleOptions> = {}): Stage {
    const stage = new Stage(options);
    stage.controller(1, 0, 0, [1, 2, 3]);
    stage.role(1, 'leader', 0, 1);
    stage.role(2, 'follower', 0, 1);
    stage.role(3, 'follower', 0, 1);
    stage.isr(1, [1, 2, 3]);
    for (const host of [1, 2, 3]) stage.append(host, ...common);
    for (const host of [1, 2, 3]) stage.highWatermark(host, 20);
    return stage;
  }
}

export const common = [batch(0, 9, 0), batch(10, 19, 0)];
