/**
 * A tiny model of Kafka's replication, one partition on three brokers with min ISR 2, that tells legal NodeEvents: elections from ISR and
 * ELR, ISR proposals that may be lost, fetches that arrive late, crashes of processes and machines. What the oracle says of it must be
 * nothing, or excused. `mistakes` makes it break one rule at a time, which the oracle must notice.
 */
import type { BatchSummary } from '../../../src/io/node-event.ts';
import { batch, Stage } from './stage.ts';

export type Mistake =
  | 'none'
  | 'truncateToHighWatermark'
  | 'ignoreIsr'
  | 'proposedIsr'
  | 'keepUnclean'
  | 'joinEarly'
  | 'belowMinIsr'
  | 'ignoreBrokerEpoch';
export const actions = [
  'produce',
  'fetch',
  'deliver',
  'learn',
  'shrink',
  'controller',
  'fence',
  'unfence',
  'process',
  'power',
  'stop',
  'restart',
  'sync',
] as const;
export interface Move {
  readonly action: (typeof actions)[number];
  readonly broker: number;
  readonly luck: number;
}

interface State {
  readonly leader: number;
  readonly epoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
  readonly elr: readonly number[];
  readonly lastKnown: number;
}
interface InFlight {
  /** The start of the broker that sent it. */
  readonly incarnation: number;
  readonly leader: number;
  readonly epoch: number;
  readonly log: readonly BatchSummary[];
}
class Broker {
  readonly id: number;
  up = true;
  fenced = false;
  incarnation = 0;
  clean = false;
  log: BatchSummary[] = [];
  durable = 0;
  highWatermark = 0;
  /** Undefined: it has not heard of the partition since its start. */
  known: State | undefined;
  heard = 0;
  remote = new Map<number, { readonly end: number; readonly incarnation: number }>();
  epochStart = 0;
  proposal: readonly number[] | undefined;
  inFlight: InFlight | undefined;
  constructor(id: number) {
    this.id = id;
  }
  get end(): number {
    return endOf(this.log);
  }
  get leads(): boolean {
    return this.up && this.known?.leader === this.id;
  }
}

const endOf = (log: readonly BatchSummary[]): number => (log.at(-1)?.last ?? -1) + 1;
const minIsr = 2;
const same = (a: BatchSummary | undefined, b: BatchSummary | undefined): boolean =>
  a !== undefined && a.base === b?.base && a.epoch === b.epoch && a.crc === b.crc;

export class ReplicationModel {
  readonly stage = new Stage();
  readonly brokers = [1, 2, 3].map((id) => new Broker(id));
  readonly counts = new Map<string, number>();
  readonly #mistake: Mistake;
  #states: State[] = [{ leader: 1, epoch: 0, partitionEpoch: 0, isr: [1, 2, 3], elr: [], lastKnown: -1 }];
  #proposals: {
    readonly leader: number;
    readonly epoch: number;
    readonly partitionEpoch: number;
    readonly isr: readonly number[];
    readonly incarnations: readonly number[];
  }[] = [];
  #crc = 1;

  constructor(mistake: Mistake = 'none') {
    this.#mistake = mistake;
    this.#tellState();
    for (const broker of this.brokers) this.#learn(broker);
  }

  move({ action, broker: id, luck }: Move): void {
    const broker = this.#broker(id);
    switch (action) {
      case 'produce':
        this.#produce(broker);
        break;
      case 'fetch':
        if (!broker.up || broker.known === undefined || broker.known.leader < 0 || broker.leads) return;
        broker.inFlight = { incarnation: broker.incarnation, leader: broker.known.leader, epoch: broker.known.epoch, log: [...broker.log] };
        if (luck % 4 > 0) this.#deliver(broker);
        return;
      case 'deliver':
        this.#deliver(broker);
        break;
      case 'learn':
        this.#learn(broker);
        break;
      case 'shrink':
        this.#shrink(broker, luck);
        break;
      case 'controller':
        this.#decide();
        break;
      case 'fence':
        if (luck % 3 === 0) this.#fence(broker);
        break;
      case 'unfence':
        this.#unfence(broker);
        break;
      case 'process':
      case 'power':
      case 'stop':
        this.#down(broker, action);
        break;
      case 'restart':
        this.#restart(broker, luck);
        break;
      case 'sync':
        if (!broker.up) return;
        broker.durable = broker.log.length;
        this.stage.synced(broker.id, broker.end);
    }
  }

  #broker(id: number): Broker {
    const broker = this.brokers[id - 1];
    if (broker === undefined) throw new Error(`broker ${id}`);
    return broker;
  }
  get #now(): State {
    const state = this.#states.at(-1);
    if (state === undefined) throw new Error('no state');
    return state;
  }
  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  #produce(broker: Broker): void {
    if (!broker.leads || broker.known === undefined || broker.known.isr.length < minIsr) return;
    const fresh = batch(broker.end, broker.end + 4, broker.known.epoch, this.#crc++);
    broker.log.push(fresh);
    this.stage.append(broker.id, fresh);
    this.#advance(broker);
  }

  #maximal(leader: Broker): readonly number[] {
    const isr = leader.known?.isr ?? [];
    if (this.#mistake === 'proposedIsr' && leader.proposal !== undefined) return leader.proposal;
    return [...new Set([...isr, ...(leader.proposal ?? [])])];
  }

  #tellIsr(leader: Broker): void {
    this.stage.isr(leader.id, leader.known?.isr ?? [], this.#maximal(leader));
  }

  #advance(leader: Broker): void {
    const isr = leader.known?.isr ?? [];
    if (isr.length < minIsr && this.#mistake !== 'belowMinIsr') return;
    const waitFor = this.#mistake === 'ignoreIsr' ? [] : this.#maximal(leader).filter((id) => id !== leader.id);
    const next = Math.min(leader.end, ...waitFor.map((id) => leader.remote.get(id)?.end ?? -1));
    if (next <= leader.highWatermark) return;
    leader.highWatermark = next;
    this.#count('advance');
    this.stage.highWatermark(leader.id, next);
    if (this.#maximal(leader).length >= minIsr) this.stage.acknowledge(leader.id, next - 5, next - 1);
    this.stage.serve(leader.id, 0, next);
  }

  /** A fetch arrives, its answer goes back at once and counts if the follower still is where it was. */
  #deliver(follower: Broker): void {
    const fetch = follower.inFlight;
    follower.inFlight = undefined;
    const leader = fetch === undefined ? undefined : this.#broker(fetch.leader);
    if (fetch === undefined || leader === undefined || !leader.leads || leader.known?.epoch !== fetch.epoch) return;
    if (fetch.incarnation !== follower.incarnation && this.#mistake !== 'ignoreBrokerEpoch') return;
    const shared = fetch.log.findIndex((each, at) => !same(each, leader.log[at]));
    const current = follower.up && follower.known?.epoch === fetch.epoch && follower.log.length === fetch.log.length;
    if (shared >= 0) {
      if (current) this.#truncate(follower, shared);
      return;
    }
    leader.remote.set(follower.id, { end: endOf(fetch.log), incarnation: fetch.incarnation });
    this.#join(leader, follower.id, endOf(fetch.log));
    this.#advance(leader);
    if (!current) return;
    const next = leader.log[fetch.log.length];
    if (next !== undefined) {
      follower.log.push(next);
      this.stage.append(follower.id, next);
    }
    this.#follow(follower, Math.min(leader.highWatermark, follower.end));
  }

  #follow(follower: Broker, to: number): void {
    if (to === follower.highWatermark) return;
    follower.highWatermark = to;
    this.stage.highWatermark(follower.id, to);
  }

  #truncate(broker: Broker, keep: number): void {
    if (keep >= broker.log.length) return;
    const from = broker.end;
    broker.log.length = keep;
    broker.durable = Math.min(broker.durable, keep);
    broker.highWatermark = Math.min(broker.highWatermark, broker.end);
    this.#count('truncate');
    this.stage.truncate(broker.id, from, broker.end);
  }

  #join(leader: Broker, id: number, end: number): void {
    const known = leader.known;
    if (known === undefined || leader.proposal !== undefined || known.isr.includes(id) || this.#broker(id).fenced) return;
    if (this.#mistake !== 'joinEarly' && (end < leader.highWatermark || end < leader.epochStart)) return;
    this.#propose(leader, known, [...known.isr, id]);
  }

  #shrink(leader: Broker, luck: number): void {
    const known = leader.known;
    if (!leader.leads || known === undefined || leader.proposal !== undefined) return;
    const others = known.isr.filter((id) => id !== leader.id);
    const gone = others[luck % Math.max(1, others.length)];
    if (gone !== undefined)
      this.#propose(
        leader,
        known,
        known.isr.filter((id) => id !== gone),
      );
  }

  #propose(leader: Broker, known: State, isr: readonly number[]): void {
    leader.proposal = isr;
    this.#tellIsr(leader);
    const incarnations = isr.map((id) => (id === leader.id ? leader.incarnation : (leader.remote.get(id)?.incarnation ?? -1)));
    this.#proposals.push({ leader: leader.id, epoch: known.epoch, partitionEpoch: known.partitionEpoch, isr, incarnations });
    this.#advance(leader);
  }

  /** The controller takes the oldest proposal; a refused one is dropped by its leader. */
  #decide(): void {
    const proposal = this.#proposals.shift();
    if (proposal === undefined) return;
    const now = this.#now;
    const leader = this.#broker(proposal.leader);
    const stale = proposal.epoch !== now.epoch || proposal.partitionEpoch !== now.partitionEpoch;
    if (stale) return;
    const replaced = (id: number, at: number): boolean => {
      const seen = proposal.incarnations[at] ?? -1;
      return this.#mistake !== 'ignoreBrokerEpoch' && seen >= 0 && seen !== this.#broker(id).incarnation;
    };
    if (proposal.isr.some((id, at) => this.#broker(id).fenced || replaced(id, at))) {
      if (leader.known?.partitionEpoch === now.partitionEpoch && leader.proposal === proposal.isr) {
        leader.proposal = undefined;
        this.#tellIsr(leader);
      }
      return;
    }
    this.#count(proposal.isr.length < now.isr.length ? 'shrink' : 'expand');
    this.#commit({ isr: proposal.isr });
  }

  /** Kafka's order: ISR, ELR, election. */
  #commit(change: { readonly isr: readonly number[]; readonly unclean?: number }): void {
    const now = this.#now;
    const unclean = this.#mistake === 'keepUnclean' ? undefined : change.unclean;
    let isr = change.isr;
    let elr = isr.length >= minIsr ? [] : [...new Set([...now.isr, ...now.elr])].filter((id) => !isr.includes(id) && id !== unclean).sort();
    let { leader, epoch, lastKnown } = now;
    const electable = (id: number): boolean => !this.#broker(id).fenced && (isr.length > 0 ? isr : elr).includes(id);
    if (leader < 0 || !electable(leader)) {
      const before = leader;
      leader = [1, 2, 3].find(electable) ?? -1;
      const lost = leader < 0 && isr.length === 0 && elr.length === 0 && lastKnown > 0 && !this.#broker(lastKnown).fenced;
      if (lost) {
        leader = lastKnown;
        isr = [leader];
        this.#count('unclean');
      } else if (leader > 0 && isr.length === 0) {
        isr = [leader];
        elr = elr.filter((id) => id !== leader);
        this.#count('elr');
      } else if (leader > 0) this.#count('clean');
      if (leader !== before) epoch++;
      if (leader < 0 && before > 0) lastKnown = before;
    }
    const unchanged =
      leader === now.leader && isr.length === now.isr.length && elr.length === now.elr.length && isr.every((id) => now.isr.includes(id));
    if (unchanged) return;
    this.#states.push({ leader, epoch, partitionEpoch: now.partitionEpoch + 1, isr, elr, lastKnown });
    this.#tellState();
  }

  #tellState(): void {
    const { leader, epoch, partitionEpoch, isr, elr } = this.#now;
    this.stage.controller(leader, epoch, partitionEpoch, isr, elr);
  }

  #learn(broker: Broker): void {
    if (!broker.up || broker.fenced) return;
    // After a start it sees the metadata as they are; later it follows them one by one.
    if (broker.known === undefined) broker.heard = this.#states.length - 1;
    const state = this.#states[broker.heard];
    if (state === undefined) return;
    broker.heard++;
    const before = broker.known;
    broker.known = state;
    if (state.epoch !== before?.epoch) {
      broker.remote = new Map();
      broker.epochStart = broker.end;
      broker.proposal = undefined;
      this.stage.role(broker.id, state.leader === broker.id ? 'leader' : state.leader < 0 ? 'none' : 'follower', state.epoch, state.leader);
      if (this.#mistake === 'truncateToHighWatermark' && state.leader !== broker.id)
        this.#truncate(broker, broker.log.filter((each) => each.last < broker.highWatermark).length);
    }
    if (!broker.leads) return;
    broker.proposal = undefined;
    this.#tellIsr(broker);
    this.#advance(broker);
  }

  #fence(broker: Broker): void {
    if (broker.fenced) return;
    broker.fenced = true;
    this.stage.fence(broker.id);
    this.#commit({ isr: this.#now.isr.filter((id) => id !== broker.id) });
  }

  #unfence(broker: Broker): void {
    if (!broker.up || !broker.fenced) return;
    broker.fenced = false;
    this.stage.unfence(broker.id);
    this.#commit({ isr: this.#now.isr });
  }

  #down(broker: Broker, how: 'process' | 'power' | 'stop'): void {
    if (!broker.up) return;
    if (how === 'stop') this.#fence(broker);
    broker.up = false;
    broker.clean = how === 'stop';
    broker.known = undefined;
    broker.inFlight = undefined;
    this.#count(how);
    if (how !== 'power') broker.durable = broker.log.length;
    if (how === 'stop') this.stage.stop(broker.id);
    else this.stage.crash(broker.id, how === 'power');
  }

  /** Its old session is over by then: it was fenced, and is taken out of the ELR if its stop was not clean. */
  #restart(broker: Broker, luck: number): void {
    if (broker.up) return;
    this.#fence(broker);
    broker.up = true;
    broker.incarnation++;
    broker.log.length = broker.durable + (luck % (broker.log.length - broker.durable + 1));
    broker.durable = broker.log.length;
    broker.highWatermark = Math.min(broker.highWatermark, broker.end);
    this.stage.restart(broker.id);
    this.stage.recovered(broker.id, broker.log, broker.clean, 0, broker.highWatermark);
    this.stage.registered(broker.id, !broker.clean);
    if (!broker.clean) this.#commit({ isr: this.#now.isr, unclean: broker.id });
  }
}
