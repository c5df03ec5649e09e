/**
 * Which partition each record of one producer goes to, as its configuration says: the one that the record names, that of its key, or a keyless
 * partitioner's. Owns the partitioner of each topic and what it may choose from; the algorithms are partitioner.ts.
 */
import type { Random } from '../../io/random.ts';
import type { TopicView } from './cluster-view.ts';
import type { ProducerConfig } from './config.ts';
import { type Choices, type KeylessPartitioner, roundRobinPartitioner, stickyPartitioner } from './partitioner.ts';
import type { PendingRecord } from './produce-batch.ts';
import type { ClientRules } from './rules.ts';

interface TopicState {
  readonly partitioner: KeylessPartitioner;
  /** The view that the choices were made from. */
  view: TopicView | undefined;
  choices: Choices;
}

export class PartitionChoice {
  readonly #config: ProducerConfig;
  readonly #rules: ClientRules;
  readonly #random: Random;
  readonly #name: string;
  readonly #topics = new Map<string, TopicState>();

  /** `name` is the producer's, and keys its randomness. */
  constructor(config: ProducerConfig, rules: ClientRules, random: Random, name: string) {
    this.#config = config;
    this.#rules = rules;
    this.#random = random;
    this.#name = name;
  }

  /** Where this record goes. The topic has partitions. */
  choose(record: PendingRecord, view: TopicView): number {
    const state = this.#stateOf(view);
    if (record.partition >= 0) return record.partition;
    if (record.key === null || this.#isKeyless(record)) return state.partitioner.choose(state.choices);
    return this.#rules.partitionOfKey(record.key, view.partitions.length);
  }

  /** The record was put there, with so many bytes; `full`: it closed a batch. */
  took(record: PendingRecord, index: number, bytes: number, full: boolean): void {
    if (this.#isKeyless(record)) this.#topics.get(record.topic)?.partitioner.took(index, bytes, full);
  }

  #isKeyless({ partition, key }: PendingRecord): boolean {
    return partition < 0 && (key === null || this.#config.partitionerIgnoreKeys || this.#config.partitionerClass === 'roundRobin');
  }

  #stateOf(view: TopicView): TopicState {
    let state = this.#topics.get(view.name);
    if (state === undefined) {
      state = { partitioner: this.#partitioner(view.name), view: undefined, choices: { partitions: 0, available: [] } };
      this.#topics.set(view.name, state);
    }
    if (state.view !== view) {
      const available = view.partitions.filter((partition) => partition.leader >= 0).map((partition) => partition.index);
      state.view = view;
      state.choices = { partitions: view.partitions.length, available };
    }
    return state;
  }

  #partitioner(topic: string): KeylessPartitioner {
    if (this.#config.partitionerClass === 'roundRobin') return roundRobinPartitioner();
    return stickyPartitioner(this.#config.batchSize, () => this.#random.uint32(`${this.#name} sticky ${topic}`));
  }
}
