/**
 * Tells the controller in which log directory replicas lie, where its metadata says otherwise: one request at a time with all that has gathered, again
 * after an error. Source: Kafka's AssignmentsManager (KIP-858).
 */
import type { World } from '../../io/world.ts';
import type { BrokerEpoch, BrokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Uuid } from '../../model/uuid.ts';
import { apis } from '../../protocol/apis.ts';
import type { AssignReplicasToDirsResponse } from '../../protocol/messages/assign-replicas-to-dirs.ts';
import type { ControllerLink } from './controller-link.ts';

/** A replica and the directory that holds it. */
export interface PlacedReplica {
  readonly name: TopicPartition;
  readonly topicId: Uuid;
  readonly index: number;
  readonly directory: Uuid;
  /** The controller knows. */
  readonly accepted: () => void;
}

const retryMs = 100;

export class DirectoryAssignments {
  readonly #world: World;
  readonly #brokerId: BrokerId;
  readonly #brokerEpoch: () => BrokerEpoch;
  readonly #controller: ControllerLink;
  readonly #waiting = new Map<TopicPartition, PlacedReplica>();
  #asking = false;
  #closed = false;

  constructor(world: World, brokerId: BrokerId, brokerEpoch: () => BrokerEpoch, controller: ControllerLink) {
    this.#world = world;
    this.#brokerId = brokerId;
    this.#brokerEpoch = brokerEpoch;
    this.#controller = controller;
  }

  tell(replica: PlacedReplica): void {
    this.#waiting.set(replica.name, replica);
    if (this.#asking) return;
    this.#asking = true;
    // What one change of the metadata brings goes into one request.
    this.#world.on('background', () => this.#ask());
  }

  close(): void {
    this.#closed = true;
  }

  #ask(): void {
    if (this.#closed) return;
    const told = [...this.#waiting.values()];
    if (told.length === 0) {
      this.#asking = false;
      return;
    }
    this.#controller.send(
      apis.assignReplicasToDirs,
      { brokerId: this.#brokerId, brokerEpoch: this.#brokerEpoch(), directories: grouped(told) },
      (answer) => {
        if (this.#closed) return;
        const isDone = answer.ok && answer.value.errorCode === ErrorCode.NONE;
        if (isDone) for (const replica of told) this.#answered(replica, errorOf(answer.value, replica));
        if (isDone) this.#ask();
        else this.#world.clock.after('assign replicas to directories', retryMs, () => this.#world.on('background', () => this.#ask()));
      },
    );
  }

  /** What was told of it since is told yet. A replica that the controller does not have any more is none to tell of. */
  #answered(replica: PlacedReplica, error: number): void {
    if (this.#waiting.get(replica.name) !== replica) return;
    this.#waiting.delete(replica.name);
    if (error === ErrorCode.NONE) replica.accepted();
  }
}

/** UNKNOWN_TOPIC_OR_PARTITION where the answer does not tell. */
function errorOf({ directories }: AssignReplicasToDirsResponse, { directory, topicId, index }: PlacedReplica): number {
  const topic = directories.find(({ id }) => id === directory)?.topics.find((each) => each.topicId === topicId);
  return topic?.partitions.find(({ partitionIndex }) => partitionIndex === index)?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
}

function grouped(replicas: readonly PlacedReplica[]) {
  const directories = new Map<Uuid, Map<Uuid, { partitionIndex: number }[]>>();
  for (const { directory, topicId, index } of replicas) {
    const topics = directories.get(directory) ?? new Map<Uuid, { partitionIndex: number }[]>();
    directories.set(directory, topics);
    const partitions = topics.get(topicId) ?? [];
    topics.set(topicId, partitions);
    partitions.push({ partitionIndex: index });
  }
  return [...directories].map(([id, topics]) => ({ id, topics: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })) }));
}
