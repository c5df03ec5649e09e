/**
 * Writes down which rule was consulted, by whom, when, and what it answered, without changing what it answers. Owns the memory of
 * consultations; which of them decided an event is `decisive.ts`'s.
 */
import type { DispatchKind } from '../../io/virtual/trace-sink.ts';
import type { TraceHash } from '../history/trace-hash.ts';
import { TraceRecording } from '../history/trace-recording.ts';

export interface Consultation {
  /** By its place in the records of rules: `replication.truncationPoint`, `client.group.assign`. */
  readonly rule: string;
  readonly timeUs: number;
  /** The node whose step it was. */
  readonly nodeId: number;
  readonly asked: readonly unknown[];
  readonly answer: unknown;
}

/** Follows the steps of the nodes, so that a consultation can be told whose it is. */
class StepWatch extends TraceRecording {
  timeUs = 0;
  nodeId = -1;
  readonly #stepped: () => void;

  constructor(hash: TraceHash, stepped: () => void) {
    super(hash, 1);
    this.#stepped = stepped;
  }

  override dispatched(timeUs: number, hostId: number, kind: DispatchKind, a: number, b: number): void {
    this.timeUs = timeUs;
    this.nodeId = hostId;
    this.#stepped();
    super.dispatched(timeUs, hostId, kind, a, b);
  }
}

export class RuleWatch {
  /** In the step that is under way, each rule's last. */
  readonly #inStep = new Map<string, Consultation>();
  /** Each rule's last of each node, and each rule's last of all. */
  readonly #last = new Map<string, Consultation>();
  #steps: StepWatch | undefined;

  /** For SimulateOptions. */
  readonly recording = (hash: TraceHash): TraceRecording => {
    this.#steps = new StepWatch(hash, () => this.#inStep.clear());
    return this.#steps;
  };

  /** The same rules, watched. `name`: what stands before their own, such as `client.`. */
  watched<R extends object>(rules: R, name = ''): R {
    const known = new Map<string | symbol, unknown>();
    return new Proxy(rules, {
      get: (target, key) => {
        if (!known.has(key)) known.set(key, this.#watch(target, Reflect.get(target, key), `${name}${String(key)}`));
        return known.get(key);
      },
    });
  }

  /** What was consulted in the step that is under way, in the order of first consultation. */
  inStep(): readonly Consultation[] {
    return [...this.#inStep.values()];
  }

  /** The last time that this node consulted the rule; without a node, that anybody did. */
  last(rule: string, nodeId?: number): Consultation | undefined {
    return this.#last.get(keyOf(rule, nodeId));
  }

  #watch(owner: object, rule: unknown, name: string): unknown {
    if (typeof rule === 'object' && rule !== null && Object.getPrototypeOf(rule) === Object.prototype) return this.watched(rule, `${name}.`);
    if (typeof rule !== 'function') return rule;
    return (...asked: unknown[]): unknown => {
      const answer: unknown = Reflect.apply(rule, owner, asked);
      const consultation: Consultation = { rule: name, timeUs: this.#steps?.timeUs ?? 0, nodeId: this.#steps?.nodeId ?? -1, asked, answer };
      this.#inStep.set(name, consultation);
      this.#last.set(keyOf(name, consultation.nodeId), consultation);
      this.#last.set(keyOf(name, undefined), consultation);
      return answer;
    };
  }
}

const keyOf = (rule: string, nodeId: number | undefined): string => (nodeId === undefined ? rule : `${rule} ${nodeId}`);
