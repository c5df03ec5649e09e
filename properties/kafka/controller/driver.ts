/** The controller's state machine without a node: requests are decided, their records get offsets and are applied. Owns no expectation. */
import type { ControllerConfig } from '../../../src/kafka/config/controller-config.ts';
import { controllerConfig } from '../../../src/kafka/config/controller-config.ts';
import { bootstrapRecords } from '../../../src/kafka/controller/bootstrap.ts';
import { brokerHeartbeat, registerBroker } from '../../../src/kafka/controller/broker-requests.ts';
import { ControllerState, type Outcome } from '../../../src/kafka/controller/controller-state.ts';
import { createTopics } from '../../../src/kafka/controller/create-topics.ts';
import { alterPartition } from '../../../src/kafka/controller/partition-requests.ts';
import type { MetadataBatch, MetadataDelta } from '../../../src/kafka/metadata/metadata-image.ts';
import type { MetadataRecord } from '../../../src/kafka/metadata/metadata-record.ts';
import type { PartitionRegistration } from '../../../src/kafka/metadata/registration.ts';
import { type ControllerRules, kafkaControllerRules } from '../../../src/kafka/rules/controller.ts';
import { brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import type { AlterPartitionResponseInput } from '../../../src/protocol/messages/alter-partition.ts';
import type { CreateTopicsRequest } from '../../../src/protocol/messages/create-topics.ts';
import { clusterId, controllerId, registration } from './node.ts';

type CreatableTopic = CreateTopicsRequest['topics'][number];

export const topicRequest = (name: string, given: Partial<CreatableTopic> = {}): CreatableTopic => ({
  name,
  numPartitions: 1,
  replicationFactor: 3,
  assignments: [],
  configs: [],
  ...given,
});
/** A topic of one partition per assignment. */
export const assigned = (name: string, assignments: readonly (readonly number[])[], configs: Record<string, string> = {}): CreatableTopic =>
  topicRequest(name, {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  });

export class Driver {
  readonly state: ControllerState;
  readonly batches: MetadataBatch[] = [];
  readonly deltas: MetadataDelta[] = [];
  nowMs = 0;
  #draws = 0;

  constructor(given: Partial<ControllerConfig> = {}, rules: ControllerRules = kafkaControllerRules) {
    const config = controllerConfig({ nodeId: controllerId, clusterId, listener: { name: 'CONTROLLER', host: 'c', port: 1 }, ...given });
    // A counter spread over 32 bits: repeatable, and never the same twice.
    this.state = new ControllerState(config, rules, { uint32: () => Math.imul(++this.#draws, 0x9e3779b1) >>> 0 });
    this.apply(bootstrapRecords(this.state));
  }

  perform<Response>(outcome: Outcome<Response>): Response {
    this.apply(outcome.records);
    if (outcome.soft !== undefined) this.state.remember(outcome.soft);
    return outcome.response;
  }

  apply(records: readonly MetadataRecord[]): void {
    if (records.length === 0) return;
    const base = this.state.nextOffset;
    const batch: MetadataBatch = { base, last: offset(base + records.length - 1), epoch: leaderEpoch(1), records };
    this.batches.push(batch);
    this.deltas.push(this.state.apply(batch));
  }

  /** Registers and, but for `fenced`, unfences. */
  join(broker: number, options: { readonly incarnation?: number; readonly previousBrokerEpoch?: number; readonly fenced?: boolean } = {}): number {
    const answer = this.perform(
      registerBroker(this.state, registration(broker, options.incarnation ?? 1, options.previousBrokerEpoch ?? -1), this.nowMs),
    );
    if (answer.errorCode === 0 && options.fenced !== true) this.heartbeat(broker);
    return answer.errorCode;
  }

  heartbeat(broker: number, given: { readonly wantFence?: boolean; readonly wantShutDown?: boolean; readonly metadataOffset?: number } = {}) {
    return this.perform(
      brokerHeartbeat(
        this.state,
        {
          brokerId: broker,
          brokerEpoch: this.epochOf(broker),
          currentMetadataOffset: given.metadataOffset ?? this.state.image.offset,
          wantFence: given.wantFence ?? false,
          wantShutDown: given.wantShutDown ?? false,
          offlineLogDirs: [],
          cordonedLogDirs: null,
        },
        this.nowMs,
      ),
    );
  }

  epochOf(broker: number): number {
    return this.state.image.brokers.get(brokerId(broker))?.epoch ?? -1;
  }

  create(...topics: readonly CreatableTopic[]) {
    return this.perform(createTopics(this.state, { topics, timeoutMs: 1000, validateOnly: false })).topics;
  }

  partition(topic: string, index = 0): PartitionRegistration {
    const partition = this.state.image.topicByName(topic)?.partitions[index];
    if (partition === undefined) throw new Error(`no partition ${topic}-${index}`);
    return partition;
  }

  /** The leader of a partition proposes an ISR as a right leader would, but for what is given. */
  alter(
    topic: string,
    isr: readonly number[],
    given: { readonly index?: number; readonly sender?: number; readonly recoveryState?: number; readonly epochs?: readonly number[] } = {},
  ): AlterPartitionResponseInput['topics'][number]['partitions'][number] {
    const partition = this.partition(topic, given.index ?? 0);
    const sender = given.sender ?? partition.leader;
    const answer = this.perform(
      alterPartition(
        this.state,
        {
          brokerId: sender,
          brokerEpoch: this.epochOf(sender),
          topics: [
            {
              topicId: partition.topicId,
              partitions: [
                {
                  partitionIndex: partition.index,
                  leaderEpoch: partition.leaderEpoch,
                  newIsr: [],
                  newIsrWithEpochs: isr.map((id, at) => ({ brokerId: id, brokerEpoch: given.epochs?.[at] ?? this.epochOf(id) })),
                  leaderRecoveryState: given.recoveryState ?? 0,
                  partitionEpoch: partition.partitionEpoch,
                },
              ],
            },
          ],
        },
        3,
      ),
    );
    const result = answer.topics[0]?.partitions[0];
    if (result === undefined) throw new Error(`AlterPartition was refused as a whole: ${answer.errorCode}`);
    return result;
  }
}
