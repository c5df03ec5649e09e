/** What a scenario says of its clients: who sends what how fast, who reads what, for how long. */
import type { AssignorName } from '../../kafka/client/group/assignor/assignment.ts';
import type { Codec } from '../../protocol/records/compression/compression.ts';

/** A producer of the reference client. */
export interface ProducerPlan {
  /** The client's name, and the name of its machine. */
  readonly id: string;
  readonly topic: string;
  /** -1 is `all`. */
  readonly acks: -1 | 0 | 1;
  /** Mean number of records sent a second; the gaps between them vary. */
  readonly ratePerSecond: number;
  /** Records carry one of this many keys. */
  readonly keys: number;
  /** Length of a record's value in bytes, at least what its unique text needs. */
  readonly valueBytes: number;
  /** linger.ms */
  readonly lingerMs: number;
  /** delivery.timeout.ms: after it a record's outcome is unknown. At least lingerMs + requestTimeoutMs. */
  readonly deliveryTimeoutMs: number;
  /** request.timeout.ms */
  readonly requestTimeoutMs: number;
  /** max.in.flight.requests.per.connection: with more than 1 a retry may reorder records, unless the producer is idempotent. */
  readonly maxInFlight: number;
  /** enable.idempotence: brokers tell a batch that was sent again, and keep the order. Needs acks -1 and at most 5 in flight. */
  readonly idempotence: boolean;
  /** Of 100 records so many are tombstones: they have a key and no value. None where it is missing. */
  readonly tombstones?: number;
  /** metadata.max.age.ms, after which added partitions are noticed; Kafka's 300,000 where it is missing. */
  readonly metadataMaxAgeMs?: number;
  /** compression.type; none where it is missing. */
  readonly compressionType?: Codec;
  /** The records that it sends, by their numbers from 0, ascending; all where it is missing. One that is left out changes nothing else of the run. */
  readonly only?: readonly number[];
}

/** A consumer that reads a topic by assignment. */
export interface ConsumerPlan {
  readonly id: string;
  /** Reads every partition of it from the beginning. */
  readonly topic: string;
  /** fetch.max.wait.ms */
  readonly fetchMaxWaitMs: number;
  /** Mean time between two seeks, to the beginning, back a little, or past the end of a partition (which the reset policy mends); 0 for none. */
  readonly seekEveryMs: number;
}

/** `automatic`: enable.auto.commit. The others commit what a poll gave, and wait for it, after or before the application works on it. */
export type CommitMode = 'automatic' | 'after-processing' | 'before-processing';
export const commitModes: readonly CommitMode[] = ['automatic', 'after-processing', 'before-processing'];

/** A consumer group of the reference client. */
export interface GroupPlan {
  /** group.id; its members are the clients `id-1`, `id-2`, ... up to `members`. */
  readonly id: string;
  readonly topics: readonly string[];
  readonly members: number;
  /** partition.assignment.strategy */
  readonly assignor: AssignorName;
  readonly commit: CommitMode;
  /** How long the application works on what one poll gave. */
  readonly handlerMs: number;
  /** max.poll.records */
  readonly maxPollRecords: number;
  /** session.timeout.ms; heartbeats come three times as often, at most every 3 s. */
  readonly sessionTimeoutMs: number;
  /** max.poll.interval.ms */
  readonly maxPollIntervalMs: number;
  /** Whether members have a group.instance.id. */
  readonly staticMembers: boolean;
  /** Time between the starts of two members: the group grows. The first one starts with the workload, as do all where it is missing. */
  readonly joinEveryMs?: number;
  /** metadata.max.age.ms, after which added partitions are noticed; Kafka's 300,000 where it is missing. */
  readonly metadataMaxAgeMs?: number;
  /** The members that there are, by the numbers in their names, ascending; all where it is missing. The others keep names and times. */
  readonly only?: readonly number[];
}

/** An application on an unmodified npm client, by the name that the sandbox has for it. */
export type SandboxPlan =
  | {
      readonly application: 'kafkajs-producer';
      /** The process's name, and the name of its machine. */
      readonly id: string;
      readonly topic: string;
      /** Sends a second, one record each; the next waits for the one before. */
      readonly ratePerSecond: number;
      /** Records carry one of this many keys. */
      readonly keys: number;
      /** kafkajs's `idempotent`. */
      readonly idempotence: boolean;
    }
  | {
      readonly application: 'kafkajs-consumer';
      readonly id: string;
      readonly topic: string;
      /** Its group: `groupId`. */
      readonly group: string;
      readonly sessionTimeoutMs: number;
    };
export const sandboxApplications: readonly SandboxPlan['application'][] = ['kafkajs-producer', 'kafkajs-consumer'];

/** What the clients of a scenario do. */
export interface WorkloadPlan {
  /** How long producers send and faults strike: the safety phase, in virtual seconds. */
  readonly seconds: number;
  readonly producers: readonly ProducerPlan[];
  readonly consumers: readonly ConsumerPlan[];
  /** Missing where there are none. */
  readonly groups?: readonly GroupPlan[];
  /** Played by the sandbox only. Missing where there are none. */
  readonly sandbox?: readonly SandboxPlan[];
}

/** The members that there are, by the numbers in their names, from 1. */
export const memberNumbers = ({ members, only }: GroupPlan): readonly number[] => only ?? Array.from({ length: members }, (_, at) => at + 1);

export const memberId = ({ id }: GroupPlan, number: number): string => `${id}-${number}`;

/** The names of a group's members. */
export const memberIds = (plan: GroupPlan): readonly string[] => memberNumbers(plan).map((number) => memberId(plan, number));

/** When a member joins, in milliseconds since the workload began. */
export const joinsAtMs = ({ joinEveryMs = 0 }: GroupPlan, number: number): number => (number - 1) * joinEveryMs;
