/**
 * What clients do and what came of it, as plain data: the vocabulary of a client history. Owns the types of operations, results and
 * entries; who performs them is the workload's, what they may show is the checkers'. After Jepsen's `tests/kafka.clj`.
 */
import type { Offset } from '../../model/brand.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';

/** One client of a run, by a small number; names are given by History.process. */
export type ProcessId = number;

/** What a producer promises about order and duplicates. */
export interface ProducerSetup {
  readonly idempotent: boolean;
  /** max.in.flight.requests.per.connection */
  readonly maxInFlight: number;
}

/** A record that a reader got. Values are unique in a run. */
export interface ReadRecord {
  readonly partition: TopicPartition;
  readonly offset: Offset;
  readonly value: string;
}

export interface SendOperation {
  readonly type: 'send';
  readonly topic: string;
  /** Undefined: the client chooses, and the answer tells. */
  readonly partition: TopicPartition | undefined;
  readonly key: string | null;
  /** Unique in the run. */
  readonly value: string;
  /** 0, 1 or -1 (all). */
  readonly acks: number;
  /** Records handed to the producer together carry the same number; order among them is judged by the `int-` anomalies. */
  readonly call?: number;
}
/** Reads from where the consumer stands. */
export interface PollOperation {
  readonly type: 'poll';
}
export interface AssignOperation {
  readonly type: 'assign';
  readonly partitions: readonly TopicPartition[];
}
export interface SeekOperation {
  readonly type: 'seek';
  readonly partition: TopicPartition;
  readonly to: Offset | 'beginning' | 'end';
}
/** After all is healed a fresh consumer reads one partition from the beginning to its end. Only this judges what is unseen. */
export interface FinalReadOperation {
  readonly type: 'finalRead';
  readonly partition: TopicPartition;
}
export type Operation = SendOperation | PollOperation | AssignOperation | SeekOperation | FinalReadOperation;

/** Where a send went. */
export interface SendResult {
  readonly type: 'send';
  readonly partition: TopicPartition;
  /** -1 where the broker told none (acks=0). */
  readonly offset: Offset;
}
export interface PollResult {
  readonly type: 'poll';
  /** In the order in which the application got them. */
  readonly records: readonly ReadRecord[];
  /** Partitions whose position the consumer gave up before these records, by its reset policy. */
  readonly resets?: readonly TopicPartition[];
}
export interface AssignResult {
  readonly type: 'assign';
}
export interface SeekResult {
  readonly type: 'seek';
}
export interface FinalReadResult {
  readonly type: 'finalRead';
  /** The partition's first offset when the read began. */
  readonly start: Offset;
  /** The partition's end (its high watermark) up to which all was read, exclusive. */
  readonly end: Offset;
  readonly records: readonly ReadRecord[];
}
export type OperationResult = SendResult | PollResult | AssignResult | SeekResult | FinalReadResult;
export type ResultOf<O extends Operation> = Extract<OperationResult, { readonly type: O['type'] }>;

/** How an operation ended. `fail`: it certainly had no effect. `info`: nobody knows. */
export type Completion =
  | { readonly type: 'ok'; readonly timeUs: number; readonly result: OperationResult }
  | { readonly type: 'fail'; readonly timeUs: number; readonly error: string }
  /** `partition`: where a send was on its way to, if that had been decided. */
  | { readonly type: 'info'; readonly timeUs: number; readonly error: string; readonly partition?: TopicPartition };

/** One operation from its invocation to its end; without an end it is as unknown as `info`. */
export interface HistoryOperation<O extends Operation = Operation> {
  /** Its place in the history, from 0, by invocation. */
  readonly index: number;
  readonly process: ProcessId;
  readonly timeUs: number;
  readonly operation: O;
  readonly completion: Completion | undefined;
  /** The place of its completion among all events of the history; undefined while it has none. */
  readonly completedAt: number | undefined;
}
