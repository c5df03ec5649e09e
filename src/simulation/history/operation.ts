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
  /** It has no value: whoever compacts the topic forgets its key. `value` stands in a header then. */
  readonly tombstone?: true;
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
/** Where to go on reading in one partition. */
export interface PartitionOffset {
  readonly partition: TopicPartition;
  /** -1 where nothing is committed. */
  readonly offset: Offset;
}
/** A member of a group heard of its partitions: its position in all of `partitions` begins anew or ends. */
export interface RebalanceOperation {
  readonly type: 'rebalance';
  readonly group: string;
  readonly event: 'revoked' | 'lost' | 'assigned';
  readonly partitions: readonly TopicPartition[];
  /** What it owns by then. */
  readonly owned: readonly TopicPartition[];
  readonly memberId: string;
  readonly generation: number;
}
/** The application works on records that a poll gave; it ends when the work is done. */
export interface HandleOperation {
  readonly type: 'handle';
  readonly group: string;
  readonly records: readonly ReadRecord[];
}
/** A commit that the application asked for; automatic ones are not seen. */
export interface CommitOperation {
  readonly type: 'commit';
  readonly group: string;
  readonly offsets: readonly PartitionOffset[];
}
/** Asks what a group has committed. */
export interface CommittedOperation {
  readonly type: 'committed';
  readonly group: string;
}
export type GroupOperation = RebalanceOperation | HandleOperation | CommitOperation | CommittedOperation;
/** What a client did. */
export type Operation = SendOperation | PollOperation | AssignOperation | SeekOperation | FinalReadOperation | GroupOperation;

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
  /** The partition's first offset when the read began; a later one where retention deleted records before they were read. */
  readonly start: Offset;
  /** The partition's end (its high watermark) up to which all was read, exclusive. */
  readonly end: Offset;
  readonly records: readonly ReadRecord[];
}
export interface RebalanceResult {
  readonly type: 'rebalance';
}
export interface HandleResult {
  readonly type: 'handle';
}
export interface CommitResult {
  readonly type: 'commit';
  /** How often the client sent it; missing where it does not say. An attempt that got no answer may be taken any time later. */
  readonly attempts?: number;
}
export interface CommittedResult {
  readonly type: 'committed';
  readonly offsets: readonly PartitionOffset[];
}
export type GroupResult = RebalanceResult | HandleResult | CommitResult | CommittedResult;
/** What a client was told when it went well; of the type of its operation. */
export type OperationResult = SendResult | PollResult | AssignResult | SeekResult | FinalReadResult | GroupResult;
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
}
