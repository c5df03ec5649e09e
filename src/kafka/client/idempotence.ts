/**
 * The numbers of an idempotent producer: its id and epoch, and per partition which sequence comes next, which batches carry one and have no
 * outcome, and whether one of them ended with an unknown outcome. Owns these, and asking for an id; sending, back-off and outcomes are the
 * producer's. Source: the part of Kafka's TransactionManager and TxnPartitionMap that needs no transactions (KIP-98, KIP-360).
 */
import type { World } from '../../io/world.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { apis } from '../../protocol/apis.ts';
import { maxSequence, sequenceAfter } from '../../protocol/records/sequence.ts';
import type { Channel } from '../rpc/channel.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConnectionConfig } from './config.ts';
import type { SequenceStanding } from './idempotence-rules.ts';
import type { ProduceBatch } from './produce-batch.ts';
import { type ClientRules, errorOfRpc } from './rules.ts';

interface Identity {
  readonly producerId: number;
  readonly epoch: number;
}

interface PartitionSequences {
  /** What its batches carry; undefined before the first. */
  identity: Identity | undefined;
  nextSequence: number;
  /** -1 for none. */
  lastAcknowledged: number;
  /** Batches with a sequence and no outcome, in sequence order; on their way or waiting to be sent again. */
  readonly open: ProduceBatch[];
  /** The sequence behind a batch that ended without a known outcome; undefined when there is none. */
  unresolved: number | undefined;
  /** How many of the open batches stand before one that was refused for good; undefined when there is none, or no batch before it. */
  beforeGap: number | undefined;
}

const lastEpoch = 0x7fff;
/** Means nothing for a producer without transactions; what Kafka's sends. */
const noTransactionTimeoutMs = 0x7fffffff;

const lastSequenceOf = (batch: ProduceBatch): number => sequenceAfter(batch.identity.baseSequence, batch.records.length - 1);

export class Idempotence {
  readonly #world: World;
  readonly #config: ConnectionConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #cluster: ClusterView;
  /** An id came, or it never will. */
  readonly #settled: () => void;
  readonly #partitions = new Map<TopicPartition, PartitionSequences>();
  /** Partitions whose batches begin anew with the next epoch. */
  readonly #rewrite = new Set<TopicPartition>();
  #identity: Identity | undefined;
  #bumpRequired = false;
  #asking = false;
  #failures = 0;
  #closed = false;
  #fatal: number | undefined;

  constructor(world: World, config: ConnectionConfig, rules: ClientRules, name: string, cluster: ClusterView, settled: () => void) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
    this.#cluster = cluster;
    this.#settled = settled;
  }

  /** The error after which this producer sends nothing more. */
  get fatal(): number | undefined {
    return this.#fatal;
  }

  /** Called before anything is sent: settles what can be settled by now, begins a new epoch where one is due, asks for an id where there is none. */
  prepare(): void {
    if (this.#fatal !== undefined || this.#closed) return;
    for (const [partition, sequences] of this.#partitions) {
      if (sequences.unresolved === undefined || sequences.open.length > 0) continue;
      // All behind it were taken, so it was as well; else nobody can say, and its sequences must not be used again.
      if (sequenceAfter(sequences.lastAcknowledged, 1) !== sequences.nextSequence) this.requireBump(partition);
      sequences.unresolved = undefined;
    }
    if (this.#bumpRequired && this.#identity !== undefined) {
      const { producerId, epoch } = this.#identity;
      const next = epoch === lastEpoch ? undefined : { producerId, epoch: epoch + 1 };
      if (next !== undefined) this.#world.observe({ type: 'epochBumped', epoch: next.epoch });
      this.#begin(next);
    }
    if (this.#identity === undefined) this.#ask();
  }

  /** May the first waiting batch of a partition be sent now? */
  mayGo(batch: ProduceBatch): boolean {
    if (this.#identity === undefined) return false;
    const sequences = this.#partitions.get(batch.partition);
    if (sequences === undefined) return true;
    // What is sent again goes alone, in order: the next one follows when it has its outcome.
    if (batch.hasSequence) return sequences.open[0] === batch;
    if (sequences.unresolved !== undefined || sequences.beforeGap !== undefined) return false;
    return sequences.open.length === 0 || sequences.identity === this.#identity;
  }

  /** Numbers a batch that is sent for the first time; mayGo() has said that it may. */
  number(batch: ProduceBatch): void {
    const identity = this.#identity;
    if (batch.hasSequence || identity === undefined) return;
    const sequences = this.#of(batch.partition);
    if (sequences.identity !== identity) startAnew(sequences, identity);
    batch.renumber({ producerId: identity.producerId, producerEpoch: identity.epoch, baseSequence: sequences.nextSequence });
    sequences.nextSequence = sequenceAfter(sequences.nextSequence, batch.records.length);
    sequences.open.push(batch);
  }

  standing(batch: ProduceBatch): SequenceStanding {
    const { lastAcknowledged, unresolved } = this.#of(batch.partition);
    const first = batch.identity.baseSequence;
    return {
      next: first === sequenceAfter(lastAcknowledged, 1),
      unresolved: unresolved !== undefined,
      nextOfUnresolved: unresolved === first,
      renumbered: batch.renumbered,
    };
  }

  acknowledged(batch: ProduceBatch): void {
    const sequences = this.#of(batch.partition);
    const last = lastSequenceOf(batch);
    // Answers of two leaders may cross; half of the circle is ahead.
    if ((last - sequences.lastAcknowledged + maxSequence + 1) % (maxSequence + 1) <= maxSequence / 2) sequences.lastAcknowledged = last;
    this.#leave(sequences, batch);
  }

  /** A batch ended without an outcome that anybody knows: nothing new is sent to its partition before those behind it have told. */
  leftUnresolved(batch: ProduceBatch): void {
    if (!batch.hasSequence) return;
    const sequences = this.#of(batch.partition);
    if (!this.#leave(sequences, batch)) return;
    sequences.unresolved = sequenceAfter(lastSequenceOf(batch), 1);
  }

  /**
   * A batch was refused for good: its sequences will not come, so those behind it are numbered anew. Those before it may stand in the log although
   * nobody said so; with other numbers they would stand there twice. So the new epoch waits for their outcomes. (Kafka's producer does not
   * wait, in TransactionManager.handleFailedBatch, and may write them twice.)
   */
  refused(batch: ProduceBatch): void {
    const sequences = this.#of(batch.partition);
    const before = sequences.open.indexOf(batch);
    this.#leave(sequences, batch);
    if (before > 0) sequences.beforeGap = Math.min(before, sequences.beforeGap ?? before);
    else this.requireBump(batch.partition);
  }

  requireBump(partition: TopicPartition): void {
    this.#bumpRequired = true;
    this.#rewrite.add(partition);
  }

  /** The halves take the sequences of the whole. */
  split(batch: ProduceBatch, halves: readonly ProduceBatch[]): void {
    const { open } = this.#of(batch.partition);
    let { baseSequence } = batch.identity;
    for (const half of halves) {
      half.renumber({ ...batch.identity, baseSequence });
      baseSequence = sequenceAfter(baseSequence, half.records.length);
    }
    const at = open.indexOf(batch);
    if (at < 0) return;
    open.splice(at, 1, ...halves);
    const sequences = this.#of(batch.partition);
    if (sequences.beforeGap !== undefined && at < sequences.beforeGap) sequences.beforeGap += halves.length - 1;
  }

  /** Whether a batch carries earlier sequences than another of its partition; one without any comes last. */
  before(batch: ProduceBatch, other: ProduceBatch): boolean {
    const open = this.#of(batch.partition).open;
    const at = open.indexOf(other);
    return at < 0 || open.indexOf(batch) < at;
  }

  fail(error: number): void {
    this.#fatal ??= error;
  }

  close(): void {
    this.#closed = true;
  }

  #of(partition: TopicPartition): PartitionSequences {
    let sequences = this.#partitions.get(partition);
    if (sequences === undefined) {
      sequences = { identity: undefined, nextSequence: 0, lastAcknowledged: -1, open: [], unresolved: undefined, beforeGap: undefined };
      this.#partitions.set(partition, sequences);
    }
    return sequences;
  }

  #leave(sequences: PartitionSequences, batch: ProduceBatch): boolean {
    const at = sequences.open.indexOf(batch);
    if (at < 0) return false;
    sequences.open.splice(at, 1);
    if (sequences.beforeGap !== undefined && at < sequences.beforeGap && --sequences.beforeGap === 0) this.requireBump(batch.partition);
    return true;
  }

  /**
   * A new epoch, or a new id (undefined: not known yet). Only partitions that made it necessary are numbered anew at once; in the others batches
   * keep the old epoch until none is without outcome, or they might be written twice (TransactionManager.bumpIdempotentProducerEpoch).
   */
  #begin(identity: Identity | undefined): void {
    this.#identity = identity;
    this.#bumpRequired = identity === undefined;
    if (identity === undefined) return;
    for (const partition of this.#rewrite) {
      const sequences = this.#of(partition);
      startAnew(sequences, identity);
      for (const batch of sequences.open) {
        batch.renumber({ producerId: identity.producerId, producerEpoch: identity.epoch, baseSequence: sequences.nextSequence });
        sequences.nextSequence = sequenceAfter(sequences.nextSequence, batch.records.length);
      }
    }
    this.#rewrite.clear();
  }

  #ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    const body = { transactionalId: null, transactionTimeoutMs: noTransactionTimeoutMs };
    this.#addressee().send(apis.initProducerId, body, (result) => {
      if (this.#closed) return;
      const error = result.ok ? result.value.errorCode : errorOfRpc(result.error);
      const decision = this.#rules.idempotence.afterInitProducerId(error);
      if (decision === 'retry') {
        this.#askLater();
        return;
      }
      this.#asking = false;
      this.#failures = 0;
      if (decision === 'fatal') this.fail(error);
      else if (result.ok) this.#begin({ producerId: result.value.producerId, epoch: result.value.producerEpoch });
      this.#settled();
    });
  }

  /**
   * Any broker will do. Kafka asks the least loaded one again and again; where that is cut off from the controller, and has no ids left, it would
   * hold up this producer for as long. So who failed is followed by any other.
   */
  #addressee(): Channel {
    const { nodes } = this.#cluster;
    if (this.#failures === 0 || nodes.length === 0) return this.#cluster.leastLoaded();
    const node = nodes[this.#world.random.uint32(`${this.#name} producer id broker`) % nodes.length];
    return (node === undefined ? undefined : this.#cluster.channel(node.id)) ?? this.#cluster.leastLoaded();
  }

  #askLater(): void {
    const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
    const waitMs = this.#rules.backoffMs(backoff, this.#failures++, this.#world.random.uint32(`${this.#name} producer id`));
    this.#world.clock.after(`${this.#name} producer id`, waitMs, () =>
      this.#world.on('requests', () => {
        this.#asking = false;
        this.prepare();
      }),
    );
  }
}

function startAnew(sequences: PartitionSequences, identity: Identity): void {
  sequences.identity = identity;
  sequences.nextSequence = 0;
  sequences.lastAcknowledged = -1;
  sequences.unresolved = undefined;
  sequences.beforeGap = undefined;
}
