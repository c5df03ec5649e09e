/**
 * The client history of one run: append-only, in virtual time. Owns recording and the rule that every operation ends at most once;
 * judging is the checkers'.
 */
import { invariant } from '../../model/invariant.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Completion, HistoryOperation, Operation, ProcessId, ProducerSetup, ResultOf } from './operation.ts';

/** A client of the run. `producer` is what it promises when it sends; undefined for a reader. */
export interface HistoryProcess {
  readonly id: ProcessId;
  readonly name: string;
  readonly producer: ProducerSetup | undefined;
}

interface Recorded<O extends Operation> extends HistoryOperation<O> {
  completion: Completion | undefined;
}

/** What `invoke` hands out and `ok`, `fail` and `info` take back. */
export type Invocation<O extends Operation = Operation> = HistoryOperation<O>;

/** What the clients of a run did and were told, in the order of invocation. Checks of one’s own read `operations` and `processes`. */
export class History {
  readonly #nowUs: () => number;
  readonly #operations: Recorded<Operation>[] = [];
  readonly #completed: HistoryOperation[] = [];
  readonly #processes: HistoryProcess[] = [];

  /** `nowUs` is the virtual time in microseconds. */
  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
  }

  /** Makes a client known; ids are given from 0. */
  process(name: string, producer?: ProducerSetup): ProcessId {
    const id = this.#processes.length;
    this.#processes.push({ id, name, producer });
    return id;
  }

  invoke<O extends Operation>(process: ProcessId, operation: O): Invocation<O> {
    invariant(process >= 0 && process < this.#processes.length, 'an operation belongs to a known process', process);
    const recorded: Recorded<O> = {
      index: this.#operations.length,
      process,
      timeUs: this.#nowUs(),
      operation,
      completion: undefined,
    };
    this.#operations.push(recorded);
    return recorded;
  }

  ok<O extends Operation>(invocation: Invocation<O>, result: ResultOf<O>): void {
    this.#complete(invocation, { type: 'ok', timeUs: this.#nowUs(), result });
  }

  /** The operation certainly had no effect. */
  fail(invocation: Invocation, error: string): void {
    this.#complete(invocation, { type: 'fail', timeUs: this.#nowUs(), error });
  }

  /** Nobody knows whether it had an effect: a timeout, a lost connection. */
  info(invocation: Invocation, error: string, partition?: TopicPartition): void {
    const timeUs = this.#nowUs();
    this.#complete(invocation, partition === undefined ? { type: 'info', timeUs, error } : { type: 'info', timeUs, error, partition });
  }

  /** The process is gone: what it had under way ends, and nobody knows how. */
  abandon(process: ProcessId, error: string): void {
    for (const operation of this.#operations) if (operation.process === process && operation.completion === undefined) this.info(operation, error);
  }

  /** By invocation. */
  get operations(): readonly HistoryOperation[] {
    return this.#operations;
  }

  /** Those that came to an end, in the order of their ends. */
  get completed(): readonly HistoryOperation[] {
    return this.#completed;
  }

  /** By id. */
  get processes(): readonly HistoryProcess[] {
    return this.#processes;
  }

  #complete(invocation: Invocation, completion: Completion): void {
    const recorded = this.#operations[invocation.index];
    invariant(recorded === invocation, 'an invocation is completed in the history that made it', invocation.index);
    invariant(recorded.completion === undefined, 'an operation ends once', invocation.index);
    recorded.completion = completion;
    this.#completed.push(recorded);
  }
}
