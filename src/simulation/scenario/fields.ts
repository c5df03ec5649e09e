/**
 * A scenario as somebody writes it in code: the fields and defaults of the YAML form, with the types of TypeScript. Owns these types; what the
 * fields mean and may be is parse.ts's.
 */
import type { Fault } from '../nemesis/fault.ts';
import { type Expectation, type Scenario, scenarioVersion } from '../scenario.ts';
import type { ConsumerPlan, GroupPlan, ProducerPlan, SandboxPlan } from '../workload/plan.ts';
import { parseScenario } from './parse.ts';

/** Kafka's own keys, as in server.properties. */
export type ConfigFields = Readonly<Record<string, string | number | boolean>>;

/** A topic that is made at the start. */
export interface TopicFields {
  readonly name: string;
  /** 1 by default. */
  readonly partitions?: number;
  /** 3 by default. */
  readonly replicationFactor?: number;
  readonly config?: ConfigFields;
}

/** What must be said of a client; the rest has its default. */
type Client<Plan, Said extends keyof Plan> = Pick<Plan, Said> & Partial<Plan>;
/** A producer; `acks` is `all` by default. */
export type ProducerFields = Client<Omit<ProducerPlan, 'acks'>, 'id' | 'topic'> & { readonly acks?: 'all' | 1 | 0 };
/** A consumer that reads a topic by assignment. */
export type ConsumerFields = Client<ConsumerPlan, 'id' | 'topic'>;
/** A consumer group. */
export type GroupFields = Client<GroupPlan, 'id' | 'topics'>;
/** An application on an unmodified npm client; runSandbox() plays it. */
export type SandboxFields = Application<SandboxPlan>;
type Application<Plan> = Plan extends SandboxPlan ? Client<Plan, 'application' | 'id' | 'topic'> : never;

/** `at` so many milliseconds after the workload began, or `on` the n-th event that matches from the moment `after` on. */
interface TriggerFields {
  readonly at?: number;
  /** Such as `leader(orders-0) appended, not yet replicated`. */
  readonly on?: string;
  readonly nth?: number;
  readonly after?: number;
}
type DetailsOf<F extends Fault> = {
  readonly [Field in Exclude<keyof F, 'kind' | 'trigger' | 'target'>]?: Field extends 'peers'
    ? readonly string[]
    : Field extends 'downMs'
      ? number | 'forever'
      : F[Field];
};
type FieldsOf<F> = F extends Fault ? TriggerFields & { readonly kind: F['kind'] } & TargetOf<F> & DetailsOf<F> : never;
/** Such as `leader(orders-0)`, `broker(2)`, `coordinator(group-1)`, `client(producer-1)`. */
type TargetOf<F extends Fault> = F['kind'] extends 'add-partitions' ? { readonly target?: 'controller' } : { readonly target: string };
/** One fault, by its kind. */
export type FaultFields = FieldsOf<Fault>;

/** What may be written of a scenario. */
export interface ScenarioFields {
  readonly description?: string;
  /** 1 by default. */
  readonly seed?: number;
  readonly cluster: {
    /** 3 by default. */
    readonly brokers?: number;
    /** Log directories of each broker, every one on a disk of its own; 1 by default. */
    readonly logDirs?: number;
    /** Of every broker and the controller. */
    readonly config?: ConfigFields;
    readonly topics: readonly TopicFields[];
  };
  readonly workload?: {
    /** How long clients work and faults strike; 60 by default. */
    readonly seconds?: number;
    readonly producers?: readonly ProducerFields[];
    readonly consumers?: readonly ConsumerFields[];
    readonly groups?: readonly GroupFields[];
    readonly sandbox?: readonly SandboxFields[];
  };
  readonly faults?: readonly FaultFields[];
  readonly expect?: Partial<Expectation>;
}

/** The scenario of these fields. Throws a TypeError that names every field that is wrong, with what would be right. */
export function scenarioOf(fields: ScenarioFields): Scenario {
  // JSON is YAML, so there is one reader for both.
  const read = parseScenario(JSON.stringify({ version: scenarioVersion, seed: 1, workload: {}, ...fields }));
  if (read.ok) return read.value;
  throw new TypeError(`this is no scenario that can be played:\n${read.error.map((problem) => `  ${problem}`).join('\n')}`);
}
