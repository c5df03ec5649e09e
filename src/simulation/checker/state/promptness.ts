/**
 * What must happen in time, and what must not happen at all, where no fault is in the way. Safety does not show it: a cluster that throws
 * replicas out for nothing, or keeps silent ones in, loses no record, and its clients wait or are refused.
 * NeedlessFence: a broker is fenced that nothing disturbed for longer than its session. LateFence: a broker that is down is not fenced when
 *   its session is over. NeedlessShrink: a follower leaves the ISR although neither it nor its leader was disturbed. LateShrink: a follower that
 *   lacks for twice replica.lag.time.max.ms what its leader had is still in the ISR (Kafka looks every half of it, and may be refused once).
 * Owns who is disturbed, and until when; what faults do is told to it. Judges the safety phase only, and no leader younger than a disturbance lasts.
 */
import type { NodeEvent } from '../../../io/node-event.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import type { Findings } from '../finding.ts';
import type { StateChecker } from './state-checker.ts';
import { type ControllerView, includes } from './view.ts';

/** The name of this checker in findings. */
export const promptnessName = 'promptness';

export interface Limits {
  /** broker.session.timeout.ms */
  readonly sessionMs: number;
  /** replica.lag.time.max.ms */
  readonly lagMs: number;
  readonly controllerId: number;
}

/** For requests on their way, back-offs and the steps of threads. */
const slackUs = 3_000_000;

/** A follower that lacks what its leader had at a time. */
interface Behind {
  readonly leaderEnd: number;
  readonly sinceUs: number;
}

class PartitionWatch {
  controller: ControllerView;
  /** Since when the present leader leads in the present epoch. */
  ledSinceUs: number;
  readonly ends = new Map<number, number>();
  readonly behind = new Map<number, Behind>();

  constructor(controller: ControllerView, nowUs: number) {
    this.controller = controller;
    this.ledSinceUs = nowUs;
  }
}

export class Promptness implements StateChecker {
  readonly #findings: Findings;
  readonly #limits: Limits;
  readonly #sessionUs: number;
  readonly #lagUs: number;
  /** How long after its end a fault may still be felt. */
  readonly #echoUs: number;
  readonly #partitions = new Map<TopicPartition, PartitionWatch>();
  /** By host: when the last fault that hit it is over. */
  readonly #disturbedUntilUs = new Map<number, number>();
  readonly #unfenced = new Set<number>();
  /** By broker that is down: when its session is over. */
  readonly #fenceByUs = new Map<number, number>();
  #beganUs = Number.POSITIVE_INFINITY;
  #over = false;
  #timeUs = 0;
  #nextLookUs = 0;

  constructor(findings: Findings, limits: Limits) {
    this.#findings = findings;
    this.#limits = limits;
    this.#sessionUs = limits.sessionMs * 1000;
    this.#lagUs = limits.lagMs * 1000;
    this.#echoUs = this.#sessionUs + 2 * this.#lagUs + 2 * slackUs;
  }

  /** The safety phase begins: until now the cluster came up. */
  begin(timeUs: number): void {
    this.#beganUs = timeUs;
  }

  /** Everything is healed at once: nothing is judged any more. */
  finish(): void {
    this.#over = true;
  }

  /** A fault hits a host until then; Infinity while nobody knows when it ends. */
  disturbed(host: number, untilUs: number): void {
    this.#disturbedUntilUs.set(host, Math.max(untilUs, this.#disturbedUntilUs.get(host) ?? 0));
  }

  observe(timeUs: number, hostId: number, event: NodeEvent): void {
    if (this.#over) return;
    this.#timeUs = timeUs;
    switch (event.type) {
      case 'appended':
        this.#moved(event.partition, hostId, event.last + 1);
        break;
      case 'truncated':
        this.#moved(event.partition, hostId, event.to);
        break;
      case 'recovered':
        this.#moved(event.partition, hostId, event.logEnd);
        break;
      case 'partitionState':
        this.#partitionState(event);
        break;
      case 'unfenced':
        this.#unfenced.add(event.broker);
        break;
      case 'brokerState':
        if (event.fenced) this.#unfenced.delete(event.broker);
        else this.#unfenced.add(event.broker);
        break;
      case 'registered':
        this.#unfenced.delete(event.broker);
        this.#fenceByUs.delete(event.broker);
        break;
      case 'fenced':
        this.#unfenced.delete(event.broker);
        this.#fenceByUs.delete(event.broker);
        if (this.#isCalm(event.broker) && this.#isCalm(this.#limits.controllerId))
          this.#finding('NeedlessFence', `broker ${event.broker}`, `broker ${event.broker} is fenced, and nothing disturbed it`);
        break;
      default:
      // The rest takes no part in this.
    }
    if (timeUs >= this.#nextLookUs) this.#look();
  }

  crashed(timeUs: number, hostId: number): void {
    if (this.#unfenced.has(hostId) && !this.#fenceByUs.has(hostId)) this.#fenceByUs.set(hostId, timeUs + this.#sessionUs + slackUs);
  }

  stopped(timeUs: number, hostId: number): void {
    this.crashed(timeUs, hostId);
  }

  restarted(_timeUs: number, hostId: number): void {
    this.#fenceByUs.delete(hostId);
  }

  wiped(): void {}

  /** Nothing hit it for so long that nothing is felt any more. */
  #isCalm(host: number): boolean {
    return this.#timeUs > Math.max(this.#disturbedUntilUs.get(host) ?? 0, this.#beganUs) + this.#echoUs;
  }

  /** Nothing hit it since then, nor shortly before. */
  #wasLeftAlone(host: number, sinceUs: number): boolean {
    return sinceUs > Math.max((this.#disturbedUntilUs.get(host) ?? 0) + slackUs, this.#beganUs);
  }

  #partitionState(event: Extract<NodeEvent, { readonly type: 'partitionState' }>): void {
    const watch = this.#partitions.get(event.partition);
    if (watch === undefined) {
      this.#partitions.set(event.partition, new PartitionWatch(event, this.#timeUs));
      return;
    }
    const before = watch.controller;
    watch.controller = event;
    for (const member of before.isr) if (!includes(event.isr, member)) this.#left(event.partition, watch, member, before);
    for (const member of event.isr) if (!includes(before.isr, member)) this.#joined(watch, member);
    if (before.leaderEpoch === event.leaderEpoch) return;
    watch.ledSinceUs = this.#timeUs;
    watch.behind.clear();
  }

  #left(partition: TopicPartition, { ledSinceUs }: PartitionWatch, member: number, { leader, isr }: ControllerView): void {
    const calm = this.#timeUs > ledSinceUs + this.#echoUs && [member, leader, this.#limits.controllerId].every((host) => this.#isCalm(host));
    if (!calm || member === leader || !this.#unfenced.has(member)) return;
    const message = `replica ${member} leaves the ISR of ${isr.length} under leader ${leader}, and nothing disturbed either of them`;
    this.#finding('NeedlessShrink', partition, message);
  }

  /** It has to hold what is committed, and has time for the rest from now on. */
  #joined({ controller, behind, ends }: PartitionWatch, member: number): void {
    const leaderEnd = ends.get(controller.leader) ?? 0;
    if (member !== controller.leader && (ends.get(member) ?? 0) < leaderEnd) behind.set(member, { leaderEnd, sinceUs: this.#timeUs });
    else behind.delete(member);
  }

  #moved(partition: TopicPartition, host: number, end: number): void {
    const watch = this.#partitions.get(partition);
    if (watch === undefined) return;
    watch.ends.set(host, end);
    const { leader, isr } = watch.controller;
    const leaderEnd = watch.ends.get(leader) ?? 0;
    if (host === leader) {
      for (const member of isr)
        if (member !== leader && !watch.behind.has(member) && (watch.ends.get(member) ?? 0) < leaderEnd)
          watch.behind.set(member, { leaderEnd, sinceUs: this.#timeUs });
      return;
    }
    const behind = watch.behind.get(host);
    if (behind === undefined || end < behind.leaderEnd) return;
    if (end < leaderEnd) watch.behind.set(host, { leaderEnd, sinceUs: this.#timeUs });
    else watch.behind.delete(host);
  }

  /** Twice a second is soon enough. */
  #look(): void {
    this.#nextLookUs = this.#timeUs + 500_000;
    const { controllerId } = this.#limits;
    for (const [broker, byUs] of this.#fenceByUs) {
      if (this.#timeUs < byUs || !this.#wasLeftAlone(controllerId, byUs - this.#sessionUs - slackUs)) continue;
      this.#fenceByUs.delete(broker);
      this.#finding(
        'LateFence',
        `broker ${broker}`,
        `broker ${broker} is down for longer than its session of ${this.#limits.sessionMs} ms and not fenced`,
      );
    }
    for (const [partition, watch] of this.#partitions) this.#lookAt(partition, watch, controllerId);
  }

  #lookAt(partition: TopicPartition, { controller, behind, ledSinceUs }: PartitionWatch, controllerId: number): void {
    const { leader, isr } = controller;
    for (const [member, { sinceUs, leaderEnd }] of behind) {
      if (this.#timeUs <= sinceUs + 2 * this.#lagUs + slackUs) continue;
      const judged = sinceUs >= ledSinceUs && this.#wasLeftAlone(leader, sinceUs) && this.#wasLeftAlone(controllerId, sinceUs);
      if (!judged || !includes(isr, member)) continue;
      behind.delete(member);
      const what = `replica ${member} lacks records below ${leaderEnd} for ${Math.floor((this.#timeUs - sinceUs) / 1000)} ms`;
      this.#finding('LateShrink', partition, `${what} and is still in the ISR of leader ${leader}, replica.lag.time.max.ms is ${this.#limits.lagMs}`);
    }
  }

  #finding(anomaly: string, place: string, message: string): void {
    this.#findings.report({ checker: promptnessName, anomaly, place, message, timeUs: this.#timeUs, verdict: 'finding' });
  }
}
