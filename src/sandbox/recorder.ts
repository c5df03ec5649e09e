/**
 * What a process of the sandbox does with Kafka, as it tells it: written into the history of the run, which the checkers judge.
 * Owns the words for it; a client library is not watched, the application says what it asked for and what it was told.
 */
import { offset as toOffset } from '../model/brand.ts';
import { type TopicPartition, topicPartition } from '../model/topic-partition.ts';
import type { History, Invocation } from '../simulation/history/history.ts';
import type { CommitOperation, HandleOperation, ProcessId, ProducerSetup, ReadRecord, SendOperation } from '../simulation/history/operation.ts';

/** A partition of a topic. */
export interface PartitionOf {
  readonly topic: string;
  readonly partition: number;
}
/** A record as a client library hands it over. */
export interface RecordRead extends PartitionOf {
  readonly offset: number;
  readonly value: string;
}
/** A member of a group in one generation. */
export interface Membership {
  readonly memberId: string;
  readonly generation: number;
}

/** How a send ended; tell exactly one. */
export interface SendRecord {
  acknowledged(partition: number, offset: number): void;
  /** It certainly had no effect. */
  failed(error: string): void;
  /** Nobody knows: a timeout, a lost connection. In doubt, this one. */
  unknown(error: string): void;
}
/** How a commit of offsets ended; tell exactly one. */
export interface CommitRecord {
  acknowledged(): void;
  unknown(error: string): void;
}

/** For what a dead process still says. */
const unsaid: SendRecord & CommitRecord = { acknowledged: () => undefined, failed: () => undefined, unknown: () => undefined };

/** What all processes of a run were told, so that it can be asked what is still to come. */
export class Observations {
  #acknowledged = 0;
  readonly #sent = new Map<string, string[]>();
  readonly #read = new Map<string, Set<string>>();
  /** By group, then by the name of the client. */
  readonly #owned = new Map<string, Map<string, readonly TopicPartition[]>>();

  get acknowledged(): number {
    return this.#acknowledged;
  }

  addSent(topic: string, value: string): void {
    this.#acknowledged++;
    const values = this.#sent.get(topic);
    if (values === undefined) this.#sent.set(topic, [value]);
    else values.push(value);
  }

  addRead(group: string, value: string): void {
    const values = this.#read.get(group);
    if (values === undefined) this.#read.set(group, new Set([value]));
    else values.add(value);
  }

  setOwned(group: string, client: string, partitions: readonly TopicPartition[]): void {
    const owned = this.#owned.get(group) ?? new Map<string, readonly TopicPartition[]>();
    this.#owned.set(group, owned.set(client, partitions));
  }

  /** How many clients of the group have the partition, by their own word. */
  owners(group: string, partition: TopicPartition): number {
    return [...(this.#owned.get(group)?.values() ?? [])].filter((partitions) => partitions.includes(partition)).length;
  }

  /** How many acknowledged records of the topic no member of the group has read. */
  unread(group: string, topic: string): number {
    const read = this.#read.get(group);
    return (this.#sent.get(topic) ?? []).filter((value) => read?.has(value) !== true).length;
  }
}

/** Writes what a producer does into the history. */
export class ProducerRecorder {
  readonly #history: History;
  readonly #process: ProcessId;
  readonly #observations: Observations;
  readonly #live: () => boolean;

  constructor(history: History, process: ProcessId, observations: Observations, live: () => boolean) {
    this.#history = history;
    this.#process = process;
    this.#observations = observations;
    this.#live = live;
  }

  /** The application hands a record to its client. `value` is text that no other record of the run has. `acks`: -1 is all. */
  send(record: { readonly topic: string; readonly key: string | null; readonly value: string; readonly acks: -1 | 0 | 1 }): SendRecord {
    const { topic, key, value, acks } = record;
    if (!this.#live()) return unsaid;
    const history = this.#history;
    const invocation: Invocation<SendOperation> = history.invoke(this.#process, { type: 'send', topic, partition: undefined, key, value, acks });
    const once = (end: () => void): void => {
      if (this.#live() && invocation.completion === undefined) end();
    };
    return {
      acknowledged: (partition, offset) =>
        once(() => {
          this.#observations.addSent(topic, value);
          history.ok(invocation, { type: 'send', partition: topicPartition(topic, partition), offset: toOffset(offset) });
        }),
      failed: (error) => once(() => history.fail(invocation, error)),
      unknown: (error) => once(() => history.info(invocation, error)),
    };
  }
}

/** Writes what a reader, or a member of a group, does into the history. */
export class ReaderRecorder {
  readonly #history: History;
  readonly #process: ProcessId;
  readonly #client: string;
  readonly #group: string;
  readonly #observations: Observations;
  readonly #live: () => boolean;
  #owned: readonly TopicPartition[] = [];

  /** `client`: the same name for every life of the process. */
  constructor(
    history: History,
    process: ProcessId,
    options: { readonly client: string; readonly group: string; readonly observations: Observations; readonly live: () => boolean },
  ) {
    this.#history = history;
    this.#process = process;
    this.#client = options.client;
    this.#group = options.group;
    this.#observations = options.observations;
    this.#live = options.live;
    this.#own([]);
  }

  /** The group gave it these partitions, all that it has now: it reads them from where the group has committed. */
  assigned(partitions: readonly PartitionOf[]): void {
    this.#rebalance('assigned', partitions, [], { memberId: '', generation: -1 });
    this.#own(partitions.map(named));
  }

  /** It no longer has these partitions. */
  revoked(partitions: readonly PartitionOf[]): void {
    this.#rebalance('revoked', partitions, [], { memberId: '', generation: -1 });
    const gone = new Set(partitions.map(named));
    this.#own(this.#owned.filter((partition) => !gone.has(partition)));
  }

  #own(partitions: readonly TopicPartition[]): void {
    if (!this.#live()) return;
    this.#owned = partitions;
    this.#observations.setOwned(this.#group, this.#client, partitions);
  }

  /** Which generation gave it what it owns, where the client tells: two members may not have one partition in one generation. */
  owns(partitions: readonly PartitionOf[], membership: Membership): void {
    this.#rebalance('assigned', [], partitions, membership);
  }

  #rebalance(event: 'assigned' | 'revoked', partitions: readonly PartitionOf[], owned: readonly PartitionOf[], membership: Membership): void {
    if (!this.#live()) return;
    const operation = {
      type: 'rebalance',
      group: this.#group,
      event,
      partitions: partitions.map(named),
      owned: owned.map(named),
      ...membership,
    } as const;
    this.#history.ok(this.#history.invoke(this.#process, operation), { type: 'rebalance' });
  }

  /** The application got these, in this order. What it calls comes when it is done with them. */
  read(records: readonly RecordRead[]): { handled(): void } {
    const history = this.#history;
    if (!this.#live() || records.length === 0) return { handled: () => undefined };
    const got: readonly ReadRecord[] = records.map((record) => ({ partition: named(record), offset: toOffset(record.offset), value: record.value }));
    for (const { value } of records) this.#observations.addRead(this.#group, value);
    history.ok(history.invoke(this.#process, { type: 'poll' }), { type: 'poll', records: got });
    const handling: Invocation<HandleOperation> = history.invoke(this.#process, { type: 'handle', group: this.#group, records: got });
    return {
      handled: () => {
        if (this.#live() && handling.completion === undefined) history.ok(handling, { type: 'handle' });
      },
    };
  }

  /** It reads this partition again from here, by its own will or its client's. */
  sought(partition: PartitionOf, offset: number): void {
    if (!this.#live()) return;
    this.#history.ok(this.#history.invoke(this.#process, { type: 'seek', partition: named(partition), to: toOffset(offset) }), { type: 'seek' });
  }

  /** The application asks to commit where its group goes on: one past the last record that it is done with. */
  commit(offsets: readonly (PartitionOf & { readonly offset: number })[]): CommitRecord {
    if (!this.#live()) return unsaid;
    const history = this.#history;
    const operation = {
      type: 'commit' as const,
      group: this.#group,
      offsets: offsets.map((each) => ({ partition: named(each), offset: toOffset(each.offset) })),
    };
    const invocation: Invocation<CommitOperation> = history.invoke(this.#process, operation);
    const once = (end: () => void): void => {
      if (this.#live() && invocation.completion === undefined) end();
    };
    return {
      acknowledged: () => once(() => history.ok(invocation, { type: 'commit' })),
      unknown: (error) => once(() => history.info(invocation, error)),
    };
  }
}

const named = ({ topic, partition }: PartitionOf): TopicPartition => topicPartition(topic, partition);

/** Hands out recorders, each for one client object of the application. */
export class Recorder {
  readonly #history: History;
  readonly #name: string;
  readonly #life: string;
  readonly #observations: Observations;
  readonly #live: () => boolean;
  #made = 0;

  /** `live`: whether the process still runs; what a dead one says is not written down. */
  constructor(
    history: History,
    process: { readonly name: string; readonly incarnation: number; readonly live: () => boolean },
    observations: Observations,
  ) {
    this.#history = history;
    this.#name = process.name;
    this.#life = process.incarnation === 1 ? process.name : `${process.name}#${process.incarnation}`;
    this.#observations = observations;
    this.#live = process.live;
  }

  /** `setup`: what this producer promises about duplicates and order. */
  producer(setup: ProducerSetup): ProducerRecorder {
    return new ProducerRecorder(this.#history, this.#history.process(this.#next(this.#life), setup), this.#observations, this.#live);
  }

  /** `group`: its group.id. */
  reader(group: string): ReaderRecorder {
    const id = this.#history.process(this.#next(this.#life));
    const client = `${this.#name}.${this.#made}`;
    return new ReaderRecorder(this.#history, id, { client, group, observations: this.#observations, live: this.#live });
  }

  #next(name: string): string {
    return this.#made++ === 0 ? name : `${name}.${this.#made}`;
  }
}
