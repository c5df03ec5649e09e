/**
 * The faults that were asked for over HTTP. Owns their list and their time, which counts from the moment each was asked for; when and whom each
 * strikes is a nemesis's, one for each of them.
 */
import type { NodeEvent, NodeEventType } from '../io/node-event.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { diskFaultKinds, type Fault, type FaultKind, faultKinds, isClientTarget, type Subject, type Target } from '../simulation/nemesis/fault.ts';
import type { FaultTarget, Timeline } from '../simulation/nemesis/fault-target.ts';
import { Nemesis } from '../simulation/nemesis/nemesis.ts';
import { targetMismatch, writeTarget } from '../simulation/nemesis/text.ts';
import { readFault } from '../simulation/scenario/parse-fault.ts';
import { Reader } from '../simulation/scenario/reader.ts';

const onlySimulated: readonly FaultKind[] = ['slow-handler', 'slow-lane', ...diskFaultKinds, 'move-replica'];
/**
 * What can be done here: there is no hand on what an application does with its records, on the order of steps within a process, nor on a file that
 * others may hold for their own.
 */
export const servedKinds: readonly FaultKind[] = faultKinds.filter((kind) => !onlySimulated.includes(kind));
/** What is done to a process. */
const strikesProcess: readonly FaultKind[] = ['crash', 'stop', 'pause'];
/** What happens in a client, and is seen by it alone. */
const clientEvents: readonly NodeEventType[] = ['produceRetried', 'epochBumped'];
export const onClients = 'client-cut, slow-network and reset work on clients';

/** `waiting`: for its trigger, or its target; `active`: in force; `over`: healed, or done at once. */
export type FaultState = 'waiting' | 'active' | 'over';

export interface FaultReport {
  readonly id: number;
  /** As it was asked for. */
  readonly fault: unknown;
  readonly state: FaultState;
  /** How often it struck. */
  readonly fired: number;
  /** Whom it struck; null before. */
  readonly node: string | null;
}

/** `field` is '' where the whole is meant. */
export interface FaultProblem {
  readonly field: string;
  readonly problem: string;
}

/** So many are remembered; the oldest that are over go first. */
export const mostFaults = 1000;

interface Posted {
  readonly id: number;
  readonly asked: unknown;
  readonly nemesis: Nemesis;
  readonly timeline: RealTimeline;
}

export class FaultDesk {
  readonly #target: FaultTarget;
  readonly #posted = new Map<number, Posted>();
  #lastId = 0;

  constructor(target: FaultTarget) {
    this.#target = target;
  }

  /** Takes a fault in the form of a scenario's; without "at" and "on" it strikes as soon as the program that is running now has come to rest. */
  post(asked: unknown): Result<FaultReport, readonly FaultProblem[]> {
    const read = this.#read(asked);
    if (!read.ok) return read;
    if (!this.#makeRoom()) return failed([{ field: '', problem: `${mostFaults} faults are waiting or in force; delete some` }]);
    const timeline = new RealTimeline();
    const nemesis = new Nemesis([read.value], this.#target, timeline);
    const posted: Posted = { id: ++this.#lastId, asked, nemesis, timeline };
    this.#posted.set(posted.id, posted);
    nemesis.start();
    return ok(report(posted));
  }

  list(): readonly FaultReport[] {
    return [...this.#posted.values()].map(report);
  }
  find(id: number): FaultReport | undefined {
    const posted = this.#posted.get(id);
    return posted === undefined ? undefined : report(posted);
  }

  /** Heals it, or calls it off; undefined when there is none. */
  remove(id: number): FaultReport | undefined {
    const posted = this.#posted.get(id);
    if (posted === undefined) return undefined;
    this.#posted.delete(id);
    posted.timeline.close();
    posted.nemesis.healAll();
    return { ...report(posted), state: 'over' };
  }

  /** Heals all. */
  clear(): void {
    for (const id of [...this.#posted.keys()]) this.remove(id);
  }

  observe(node: string, event: NodeEvent): void {
    for (const { nemesis } of this.#posted.values()) nemesis.observe(node, event);
  }

  #makeRoom(): boolean {
    if (this.#posted.size < mostFaults) return true;
    for (const posted of this.#posted.values())
      if (report(posted).state === 'over') {
        this.remove(posted.id);
        return true;
      }
    return false;
  }

  #read(asked: unknown): Result<Fault, readonly FaultProblem[]> {
    const problems: FaultProblem[] = [];
    const reader = new FieldReader(problems);
    const isFields = typeof asked === 'object' && asked !== null && !Array.isArray(asked);
    const fields: unknown = isFields ? new Map<string, unknown>(Object.entries(asked)) : asked;
    if (fields instanceof Map && !fields.has('at') && !fields.has('on')) fields.set('at', 0);
    const fault = readFault(reader, fields, '');
    if (fault !== undefined) this.#check(reader, fault);
    return fault === undefined || problems.length > 0 ? failed(problems) : ok(fault);
  }

  #check(reader: Reader, fault: Fault): void {
    const known = (target: Subject, field: string): void => {
      if (target.type !== 'broker' || this.#target.resolve(target) !== undefined) return;
      reader.problem(field, `unknown ${writeTarget(target)}; there are ${this.#target.nodes('broker').join(', ')}`);
    };
    const mismatch = targetMismatch(fault);
    if (diskFaultKinds.some((kind) => kind === fault.kind))
      reader.problem(
        'kind',
        `${fault.kind} is for simulated disks: this server keeps its hands off real files, but for slow-disk. Play it in a scenario`,
      );
    else if (!servedKinds.includes(fault.kind))
      reader.problem(
        'kind',
        `${fault.kind} slows the application of a client, which is a process of its own that this server cannot touch: slow it there, or else ${onClients}`,
      );
    else if (mismatch !== undefined) reader.problem('target', mismatch);
    else if (isClientTarget(fault.target) && strikesProcess.includes(fault.kind))
      reader.problem(
        'target',
        `${fault.kind} strikes brokers and the controller; ${writeTarget(fault.target)} is a process of its own that this server cannot touch: end it there, or else ${onClients}`,
      );
    known(fault.target, 'target');
    const peers: readonly Target[] = 'peers' in fault ? fault.peers : [];
    for (const [index, peer] of peers.entries()) known(peer, `peers[${index}]`);
    const { trigger } = fault;
    if (trigger.type === 'time') return;
    known(trigger.subject, 'on');
    if ((trigger.subject.type !== 'any' && isClientTarget(trigger.subject)) || clientEvents.includes(trigger.event))
      reader.problem('on', 'waits for what happens in a client, which a server on real sockets cannot see; name a broker or the controller');
  }
}

/** Keeps each problem apart from its place. */
class FieldReader extends Reader {
  readonly #told: FaultProblem[];

  constructor(told: FaultProblem[]) {
    super();
    this.#told = told;
  }

  override problem(field: string, problem: string): void {
    this.#told.push({ field, problem });
  }
}

function report({ id, asked, nemesis }: Posted): FaultReport {
  const { fired, inForce } = nemesis;
  const state = fired.length === 0 ? 'waiting' : inForce > 0 ? 'active' : 'over';
  return { id, fault: asked, state, fired: fired.length, node: fired[0]?.node ?? null };
}

/** This machine's time for one nemesis. What is due comes when the code that is running has returned. */
class RealTimeline implements Timeline {
  readonly #timers = new Set<NodeJS.Timeout | NodeJS.Immediate>();

  get nowUs(): number {
    return Math.trunc(performance.now() * 1000);
  }

  at(timeUs: number, _name: string, fire: () => void): { cancel(): void } {
    const leftMs = (timeUs - this.nowUs) / 1000;
    const go = (): void => {
      this.#timers.delete(timer);
      fire();
    };
    const timer = leftMs <= 0 ? setImmediate(go) : setTimeout(go, Math.ceil(leftMs));
    this.#timers.add(timer);
    return { cancel: () => this.#cancel(timer) };
  }

  close(): void {
    for (const timer of this.#timers) this.#cancel(timer);
  }

  #cancel(timer: NodeJS.Timeout | NodeJS.Immediate): void {
    this.#timers.delete(timer);
    if ('refresh' in timer) clearTimeout(timer);
    else clearImmediate(timer);
  }
}
