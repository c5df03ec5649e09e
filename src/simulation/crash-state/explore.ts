/**
 * Plays a script on a log, then recovers from every crash state that its disk may be left in, each distinct one once for each promise that held. Owns the
 * script's language and the count; what may be left is crash-states.ts, what is right recovery-audit.ts.
 */

import type { PartitionLog } from '../../kafka/log/partition-log.ts';
import { brokerEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { invariant } from '../../model/invariant.ts';
import { topicPartition } from '../../model/topic-partition.ts';
import { uuidFromWords } from '../../model/uuid.ts';
import { type BatchInput, encodeBatch } from '../../protocol/records/encode.ts';
import { encodeEndMarker } from '../../protocol/records/end-marker.ts';
import { overtakenBelow, promisedBatch } from './compaction-rights.ts';
import { hashOf } from './content-hash.ts';
import { type Bound, CrashModel } from './crash-states.ts';
import { crashLogConfig, LogHost, type LogPlan, wallMs } from './log-host.ts';
import { type LogPromise, PromiseKeeper, type StepAhead } from './promise.ts';
import { type DiskContent, emptyContent } from './recorded-disk.ts';
import { recoveryProblem } from './recovery-audit.ts';

/** One thing that is done to the log. Offsets are shares of what the log holds, in per cent. */
export type LogStep =
  /** A leader appends a batch of so many records with values of so many bytes, tombstones with 0; `producer`: an idempotent one, in a transaction of its own or not. */
  | { readonly type: 'lead'; readonly records: number; readonly bytes: number; readonly producer?: number; readonly transactional?: true }
  /** A coordinator ends a producer's transaction; nothing happens when none is open. */
  | { readonly type: 'endTransaction'; readonly producer: number; readonly outcome: 'commit' | 'abort' }
  /** A follower appends batches of one record each, with values of so many bytes. */
  | { readonly type: 'follow'; readonly bytes: readonly number[] }
  /** Later batches belong to the next epoch. */
  | { readonly type: 'elect' }
  | { readonly type: 'truncate'; readonly percent: number }
  | { readonly type: 'startAnew'; readonly percent: number }
  | { readonly type: 'advanceLogStart'; readonly percent: number }
  /** Committed up to this share, the log is to shrink to so many bytes: segments go. */
  | { readonly type: 'retain'; readonly percent: number; readonly bytes: number }
  /** Committed up to this share, the log is compacted; so many keys are remembered. */
  | { readonly type: 'compact'; readonly percent: number; readonly keys: number }
  | { readonly type: 'flush' }
  | { readonly type: 'flushLater' }
  /** The program is killed, the machine goes on. */
  | { readonly type: 'kill' }
  | { readonly type: 'cleanStop' };

/** What was done so far; several scripts share one, so that a content counts once. */
export class Exploration {
  /** By distinct content of the disk: the promises under which it was recovered. */
  readonly #seen = new Map<string, Set<LogPromise>>();
  readonly #plan: LogPlan;
  readonly #bound: Bound;
  /** Recoveries that were judged: a content counts once for each promise. */
  recoveries = 0;
  /** What was wrong first; undefined when nothing was. */
  problem: string | undefined;

  constructor(plan: LogPlan, bound: Bound) {
    this.#plan = plan;
    this.#bound = bound;
  }

  /** Distinct contents of the disk, as hashes. */
  get states(): readonly string[] {
    return [...this.#seen.keys()];
  }

  get stateCount(): number {
    return this.#seen.size;
  }

  /** Ends at the first problem. */
  play(script: readonly LogStep[]): void {
    const recording = new Recording(this.#plan);
    for (const step of script) recording.take(step);
    const { operations, contexts } = recording.host.disk;
    const model = new CrashModel(emptyContent, this.#bound);
    for (const [number, operation] of operations.entries()) {
      model.issue(operation);
      const inside = contexts[number] as LogPromise;
      const behind = (contexts[number + 1] ?? recording.keeper.current()) as LogPromise;
      // Inside the operation, and behind it when by then more was promised.
      for (const promise of inside === behind ? [inside] : [inside, behind])
        if (this.problem === undefined) model.visit((content) => this.#judge(content, promise, number));
    }
  }

  #judge(content: DiskContent, promise: LogPromise, number: number): void {
    if (this.problem !== undefined) return;
    const hash = hashOf(content);
    const judged = this.#seen.get(hash);
    if (judged?.has(promise) === true) return;
    if (judged === undefined) this.#seen.set(hash, new Set([promise]));
    else judged.add(promise);
    this.recoveries++;
    const problem = recoveryProblem(content, partition, promise, this.#plan);
    if (problem !== undefined) this.problem = `power went after disk operation ${number}: ${problem}`;
  }
}

/** So few keys that later records overtake most. */
const keyCount = 3;
const partition = topicPartition('orders', 0);
const topicId = uuidFromWords(1, 2, 3, 4);

/** A log at work, whose disk writes down what happens. */
class Recording {
  readonly host: LogHost;
  readonly keeper = new PromiseKeeper();
  #epoch = 0;
  #filler = 0;
  #stops = 0;

  constructor(plan: LogPlan) {
    this.host = new LogHost(emptyContent, plan);
    this.host.onEvent = (event) => {
      this.keeper.observe(event);
      this.#renew();
    };
    this.#renew();
    this.host.boot();
  }

  take(step: LogStep): void {
    if (step.type === 'kill' || step.type === 'cleanStop') {
      if (step.type === 'cleanStop') this.host.manager.shutDown(brokerEpoch(++this.#stops));
      this.host.kill();
      this.host.boot();
    } else this.#work(this.#log(), step);
    this.host.run();
    this.keeper.ended();
    this.#renew();
  }

  #log(): PartitionLog {
    const there = this.host.manager.get(partition);
    if (there !== undefined) return there;
    const made = this.host.manager.create(partition, topicId, crashLogConfig);
    invariant(made.ok, 'a log is made');
    return made.value;
  }

  #work(log: PartitionLog, step: Exclude<LogStep, { readonly type: 'kill' | 'cleanStop' }>): void {
    const span = log.logEndOffset - log.logStartOffset;
    switch (step.type) {
      case 'lead': {
        const batch = this.#batch(log, step.records, step.bytes, step.producer, step.transactional === true);
        this.#begin({ attempted: [promisedBatch(batch)] });
        log.appendAsLeader(batch, leaderEpoch(this.#epoch), wallMs);
        return;
      }
      case 'endTransaction': {
        const known = log.producers.entries.get(step.producer);
        if (known?.txnFirstOffset === undefined) return;
        const ends = { producerId: step.producer, producerEpoch: known.epoch, coordinatorEpoch: 0, type: step.outcome, timestampMs: wallMs };
        const batch = encodeEndMarker({ ...ends, baseOffset: log.logEndOffset, leaderEpoch: leaderEpoch(this.#epoch) });
        this.#begin({ attempted: [promisedBatch(batch)] });
        log.appendAsLeader(batch, leaderEpoch(this.#epoch), wallMs);
        return;
      }
      case 'follow': {
        let next: number = log.logEndOffset;
        const batches = step.bytes.map((bytes) => this.#plainBatch(offset(next++), 1, bytes));
        this.#begin({ attempted: batches.map(promisedBatch) });
        log.appendAsFollower(joined(batches), leaderEpoch(this.#epoch));
        return;
      }
      case 'elect':
        this.#epoch++;
        return;
      case 'truncate': {
        const to = log.logStartOffset + Math.floor((span * step.percent) / 100);
        this.#begin({ cutTo: this.keeper.batches.find((batch) => batch.last >= to)?.base ?? to });
        log.truncateTo(offset(to));
        return;
      }
      case 'startAnew':
        this.#startAnew(log, Math.floor((log.logEndOffset * step.percent) / 50));
        return;
      case 'advanceLogStart':
        log.advanceLogStart(offset(log.logStartOffset + Math.floor((span * step.percent) / 100)));
        return;
      case 'retain':
        // Any batch below the log start, which is told before the first file is renamed, may be gone from now on.
        log.highWatermark = offset(log.logStartOffset + Math.floor((span * step.percent) / 100));
        log.config = { ...crashLogConfig, cleanupPolicy: ['delete'], retentionBytes: step.bytes };
        log.deleteOldSegments(wallMs);
        log.config = crashLogConfig;
        return;
      case 'compact':
        this.#compact(log, offset(log.logStartOffset + Math.floor((span * step.percent) / 100)), step.keys);
        return;
      case 'flush':
        log.flush();
        return;
      case 'flushLater':
        log.flushLater();
    }
  }

  /** Its right is judged by what is committed and durable, apart from what the log takes for that. */
  #compact(log: PartitionLog, highWatermark: Offset, keys: number): void {
    this.#begin({ overtakes: overtakenBelow(this.keeper.batches, Math.min(highWatermark, this.keeper.current().syncedTo)) });
    log.highWatermark = highWatermark;
    log.config = { ...crashLogConfig, cleanupPolicy: ['compact'], minCleanableDirtyRatio: 0, deleteRetentionMs: 0 };
    const cleaning = log.beginCleaning(keys, wallMs);
    for (let step = cleaning?.step(); step?.ok && step.value === undefined; ) step = cleaning?.step();
    log.config = crashLogConfig;
  }

  #startAnew(log: PartitionLog, at: number): void {
    this.#begin({ cutTo: 0, startsAt: at });
    log.truncateFullyAndStartAt(offset(at));
  }

  #begin(step: StepAhead): void {
    this.keeper.begins(step);
    this.#renew();
  }

  #renew(): void {
    this.host.disk.context = this.keeper.current();
  }

  /** A producer's sequences go on from what the log knows of it; so does an open transaction. */
  #batch(log: PartitionLog, count: number, bytes: number, producerId: number | undefined, transactional: boolean): Uint8Array {
    if (producerId === undefined) return this.#plainBatch(log.logEndOffset, count, bytes);
    const known = log.producers.entries.get(producerId);
    const last = known?.batches[known.batches.length - 1]?.lastSequence ?? -1;
    const open = known?.txnFirstOffset !== undefined;
    return this.#plainBatch(log.logEndOffset, count, bytes, {
      producerId,
      producerEpoch: 0,
      baseSequence: last + 1,
      transactional: transactional || open,
    });
  }

  #plainBatch(base: Offset, count: number, bytes: number, producer: Partial<BatchInput> = {}): Uint8Array {
    const filler = ++this.#filler;
    const value = bytes === 0 ? null : new Uint8Array(bytes).fill(filler);
    const records = Array.from({ length: count }, (_, index) => {
      return { key: Uint8Array.of((filler + index) % keyCount), value, timestampMs: wallMs + filler * 10 + index };
    });
    return encodeBatch({ records, baseOffset: base, leaderEpoch: leaderEpoch(this.#epoch), ...producer });
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
