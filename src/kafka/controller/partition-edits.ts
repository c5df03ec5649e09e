/**
 * The partition changes of one request: asks the rules what becomes of a partition, and writes the records. A partition that a request
 * touches twice is judged the second time by what the first change made of it. Owns no decision.
 */
import type { BrokerId } from '../../model/brand.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import type { PartitionRegistration } from '../metadata/registration.ts';
import { partitionChangeRecordOf } from '../metadata/replay.ts';
import { minInsyncReplicas, uncleanElectionEnabled } from '../metadata/topic-settings.ts';
import type { ElectionType, PartitionChangeQuestion, PartitionDecision } from '../rules/controller.ts';
import type { ControllerState } from './controller-state.ts';

/** DirectoryId.UNASSIGNED: the broker places the replica itself. Kafka keeps the first hundred uuids for such meanings. */
const unassigned = zeroUuid;

/** What is to change; the election is ONLINE, or UNCLEAN where the topic allows it, when none is named. */
export type Wish = Pick<
  PartitionChangeQuestion,
  'isr' | 'replicas' | 'addingReplicas' | 'removingReplicas' | 'recovering' | 'uncleanRestarted' | 'directories'
> & {
  readonly election?: ElectionType;
};

/** Brokers whose state changes in the same request. */
export interface Excepted {
  /** Takes part although it is fenced still. */
  readonly joining?: BrokerId;
  /** Takes no part although it is active still. */
  readonly leaving?: BrokerId;
}

export class PartitionEdits {
  readonly records: MetadataRecord[] = [];
  readonly #state: ControllerState;
  readonly #excepted: Excepted;
  readonly #edited = new Map<string, PartitionRegistration>();

  constructor(state: ControllerState, excepted: Excepted = {}) {
    this.#state = state;
    this.#excepted = excepted;
  }

  /** The partition after the edits so far. */
  current(partition: PartitionRegistration): PartitionRegistration {
    return this.#edited.get(`${partition.topicId}${partition.index}`) ?? partition;
  }

  /** Undefined when nothing changes. */
  change(registered: PartitionRegistration, wish: Wish): PartitionDecision | undefined {
    const state = this.#state;
    const partition = this.current(registered);
    const unclean = uncleanElectionEnabled(state.image, partition.topic, state.config.uncleanLeaderElectionEnable);
    const decision = state.rules.changePartition(state.rules, {
      election: unclean ? 'unclean' : 'online',
      ...wish,
      partition,
      minInsyncReplicas: minInsyncReplicas(state.image, partition.topic, state.config.minInsyncReplicas),
      elrEnabled: state.elrEnabled,
      acceptable: (replica) => this.#mayLead(partition, wish.directories ?? partition.directories, replica),
      directoryOf: (replica) => defaultDirectory(state, replica),
    });
    if (decision === undefined) return undefined;
    this.#edited.set(`${partition.topicId}${partition.index}`, decision.next);
    this.records.push({ type: 'partitionChange', value: partitionChangeRecordOf(partition, decision.next, decision.leaderSet) });
    return decision;
  }

  /** Takes a broker out of the ISR of partitions and elects where it led. */
  withdraw(broker: BrokerId, partitions: Iterable<PartitionRegistration>, wish: Wish = {}): void {
    for (const partition of partitions) this.change(partition, { ...wish, isr: this.current(partition).isr.filter((member) => member !== broker) });
  }

  /** Kafka's LeaderAcceptor: active, and its log directory online. */
  #mayLead(partition: PartitionRegistration, directories: readonly Uuid[], replica: BrokerId): boolean {
    if (replica === this.#excepted.leaving) return false;
    if (replica !== this.#excepted.joining && !this.#state.isActive(replica)) return false;
    const directory = directories[partition.replicas.indexOf(replica)];
    return this.#state.rules.isOnlineDirectory(directory, this.#state.image.brokers.get(replica)?.logDirs ?? []);
  }
}

/** Where a new replica goes: a broker with one directory has no choice. */
export function defaultDirectory(state: ControllerState, broker: BrokerId): Uuid {
  const directories = state.image.brokers.get(broker)?.logDirs;
  const [only] = directories ?? [];
  return directories?.length === 1 && only !== undefined ? only : unassigned;
}
