/**
 * Makes a scenario's faults happen: waits for their triggers, finds their targets, strikes, heals, and writes down what struck.
 * A fault whose target does not exist when its trigger comes (no leader, a node that is down), or that would come to nothing, waits until it does.
 * It knows nothing of how a fault is done; that is the FaultTarget's.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { CrashFault, EventTrigger, Fault, FaultKind, FiredFault, Subject, Target } from './fault.ts';
import type { FaultTarget, Healable, Timeline } from './fault-target.ts';

/** How often a fault looks again for a target that was not there. */
const retryUs = 100_000;

interface Armed {
  readonly index: number;
  readonly fault: Fault;
  readonly trigger: EventTrigger;
  seen: number;
}

export class Nemesis {
  readonly fired: FiredFault[] = [];
  readonly #faults: readonly Fault[];
  readonly #target: FaultTarget;
  readonly #timeline: Timeline;
  readonly #struck: ((fault: FiredFault) => void) | undefined;
  /** Event triggers that wait, by the event they wait for, so that the events nobody waits for cost one look-up. */
  readonly #armed = new Map<NodeEvent['type'], Armed[]>();
  readonly #broken = new Map<number, Healable>();
  #startUs = 0;
  #over = true;

  /** `struck` hears of each fault at the moment it strikes. */
  constructor(faults: readonly Fault[], target: FaultTarget, timeline: Timeline, struck?: (fault: FiredFault) => void) {
    this.#faults = faults;
    this.#target = target;
    this.#timeline = timeline;
    this.#struck = struck;
  }

  /** Begins the safety phase: all times count from now. */
  start(): void {
    this.#startUs = this.#timeline.nowUs;
    this.#over = false;
    for (const [index, fault] of this.#faults.entries()) {
      if (fault.trigger.type === 'time') {
        this.#timeline.at(this.#startUs + Math.round(fault.trigger.atMs * 1000), name(index, fault.kind), () => this.#strike(index, fault));
        continue;
      }
      const armed: Armed = { index, fault, trigger: fault.trigger, seen: 0 };
      const waiting = this.#armed.get(fault.trigger.event);
      if (waiting === undefined) this.#armed.set(fault.trigger.event, [armed]);
      else waiting.push(armed);
    }
  }

  /** How many faults are in force: struck, and neither healed nor over by themselves. */
  get inForce(): number {
    return this.#broken.size;
  }

  /** Whether some fault waits for an event of this type. */
  awaits(type: NodeEvent['type']): boolean {
    return this.#armed.size > 0 && this.#armed.has(type);
  }

  /** Tells of an event of a node; a fault that it sets off strikes after the step that is under way. */
  observe(node: string, event: NodeEvent): void {
    const waiting = this.#armed.get(event.type);
    if (waiting === undefined) return;
    for (let at = 0; at < waiting.length; at++) {
      const armed = waiting[at];
      if (armed === undefined || !this.#matches(armed.trigger, node, event)) continue;
      armed.seen++;
      if (armed.seen < armed.trigger.nth) continue;
      waiting.splice(at, 1);
      at--;
      this.#timeline.at(this.#timeline.nowUs, name(armed.index, armed.fault.kind), () => this.#strike(armed.index, armed.fault));
    }
    if (waiting.length === 0) this.#armed.delete(event.type);
  }

  /** Ends the safety phase: what has not struck never will, what is broken is healed, who is down starts again. */
  healAll(): void {
    this.#over = true;
    this.#armed.clear();
    for (const [, broken] of this.#broken) broken.heal();
    this.#broken.clear();
  }

  #matches(trigger: EventTrigger, node: string, event: NodeEvent): boolean {
    if (this.#timeline.nowUs < this.#startUs + trigger.afterMs * 1000) return false;
    const partition = 'partition' in event ? event.partition : undefined;
    if (trigger.partition !== undefined && trigger.partition !== partition) return false;
    if (trigger.apiKey !== undefined && (event.type !== 'answered' || event.apiKey !== trigger.apiKey)) return false;
    const about = partitionOf(trigger.subject);
    if (about !== undefined && partition !== undefined && about !== partition) return false;
    if ('group' in trigger.subject && 'group' in event && trigger.subject.group !== event.group) return false;
    if (trigger.subject.type !== 'any' && !this.#isSubject(trigger.subject, node)) return false;
    return !trigger.notYetReplicated || (partition !== undefined && this.#target.isUnreplicated(partition, event));
  }

  /** A follower that is not told by its speed is any follower. */
  #isSubject(subject: Target, node: string): boolean {
    return this.#target.resolve(subject) === node;
  }

  #strike(index: number, fault: Fault): void {
    if (this.#over) return;
    const node = this.#target.resolve(fault.target);
    const ready = node !== undefined && this.#target.isUp(node) && this.#target.isPossible?.(fault) !== false;
    const strike = ready ? this.#wayTo(fault, node) : undefined;
    if (node === undefined || strike === undefined) {
      this.#timeline.at(this.#timeline.nowUs + retryUs, name(index, fault.kind), () => this.#strike(index, fault));
      return;
    }
    const broken = strike();
    const fired: FiredFault = { index, kind: fault.kind, atUs: this.#timeline.nowUs, node };
    this.fired.push(fired);
    this.#struck?.(fired);
    if (broken === undefined) return;
    this.#broken.set(index, broken);
    const untilMs = lastsMs(fault);
    if (untilMs === null) return;
    this.#timeline.at(this.#timeline.nowUs + untilMs * 1000, `${name(index, fault.kind)} ends`, () => {
      if (this.#broken.delete(index)) broken.heal();
    });
  }

  /** How this fault is done to this node; undefined where nobody can do it. */
  #wayTo(fault: Fault, node: string): (() => Healable | undefined) | undefined {
    const target = this.#target;
    switch (fault.kind) {
      case 'crash':
        return () => this.#crash(fault, node);
      case 'stop':
        return target.stop && (() => target.stop?.(node));
      case 'pause':
        return () => {
          target.pause(node);
          return { heal: () => target.resume(node) };
        };
      case 'partition':
        return () => target.partition([node], this.#peers(node, fault.peers, ['broker', 'controller']), { oneWay: false });
      case 'partition-one-way':
        return () => {
          const peers = this.#peers(node, fault.peers, ['broker', 'controller']);
          const [from, to] = fault.direction === 'outbound' ? [[node], peers] : [peers, [node]];
          return target.partition(from, to, { oneWay: true });
        };
      case 'client-cut':
        return () => target.partition([node], this.#peers(node, fault.peers, ['broker']), { oneWay: false });
      case 'slow-disk':
        return () => target.slowDisk(node, fault);
      case 'slow-network':
        return () => target.slowNetwork(node, fault);
      case 'reset':
        return () => once(() => target.reset(node, this.#peers(node, fault.peers, ['broker', 'controller', 'client'])));
      case 'slow-handler':
        return target.slowHandler && (() => target.slowHandler?.(node, fault));
      case 'slow-lane':
        return target.slowLane && (() => target.slowLane?.(node, fault));
      case 'disk-error':
        return target.failDisk && (() => target.failDisk?.(node, fault));
      case 'disk-full':
        return target.fillDisk && (() => target.fillDisk?.(node, fault));
      case 'short-io':
        return target.shortenIo && (() => target.shortenIo?.(node, fault));
      case 'stalled-sync':
        return target.stallSyncs && (() => target.stallSyncs?.(node, fault));
      case 'bit-rot':
        return target.rotBit?.(node, { file: fault.file, partition: partitionOf(fault.target) });
      case 'move-leader':
        return target.moveLeader && (() => once(() => target.moveLeader?.(fault.target)));
      case 'move-replica': {
        const partition = partitionOf(fault.target);
        return target.moveReplica && partition !== undefined ? () => once(() => target.moveReplica?.(node, partition)) : undefined;
      }
      case 'add-partitions':
        return target.addPartitions && (() => once(() => target.addPartitions?.(fault.topic, fault.partitions)));
    }
  }

  #crash(fault: CrashFault, node: string): Healable {
    this.#target.crash(node, { powerLoss: fault.powerLoss });
    return { heal: () => (this.#target.isUp(node) ? undefined : this.#target.restart(node)) };
  }

  /** The named peers that exist now, else everybody of these roles; never the node itself. */
  #peers(node: string, named: readonly Target[], roles: readonly ('broker' | 'controller' | 'client')[]): readonly string[] {
    const peers = named.length > 0 ? named.map((target) => this.#target.resolve(target)) : roles.flatMap((role) => this.#target.nodes(role));
    return peers.filter((peer): peer is string => peer !== undefined && peer !== node);
  }
}

/** Nothing to heal. */
function once(strike: () => void): undefined {
  strike();
}

/** From its strike to its healing, in milliseconds; null: until the safety phase ends. */
export function lastsMs(fault: Fault): number | null {
  if ('downMs' in fault) return fault.downMs;
  return 'durationMs' in fault ? fault.durationMs : 0;
}

const name = (index: number, kind: FaultKind): string => `fault ${index} ${kind}`;

const partitionOf = (subject: Subject): TopicPartition | undefined =>
  subject.type === 'leader' || subject.type === 'follower' ? subject.partition : undefined;
