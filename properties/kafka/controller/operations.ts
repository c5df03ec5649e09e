/** Random requests to a controller as data, and how a Driver performs them. Owns no expectation. */
import fc from 'fast-check';
import { fenceOneStaleBroker, unregisterBroker } from '../../../src/kafka/controller/broker-requests.ts';
import { incrementalAlterConfigs } from '../../../src/kafka/controller/config-requests.ts';
import { balanceLeaders, electLeaders, electUncleanLeaders } from '../../../src/kafka/controller/partition-requests.ts';
import { alterPartitionReassignments } from '../../../src/kafka/controller/reassignment-requests.ts';
import { createPartitions, deleteTopics } from '../../../src/kafka/controller/topic-requests.ts';
import { brokerId } from '../../../src/model/brand.ts';
import { assigned, type Driver, topicRequest } from './driver.ts';

export type Operation =
  | { readonly type: 'join'; readonly broker: number; readonly incarnation: number; readonly clean: boolean }
  | { readonly type: 'heartbeat'; readonly broker: number; readonly wantFence: boolean; readonly wantShutDown: boolean }
  | { readonly type: 'pass'; readonly ms: number; readonly silent: readonly number[] }
  | { readonly type: 'create'; readonly topic: string; readonly replicas: readonly number[]; readonly minIsr: number; readonly unclean: boolean }
  | { readonly type: 'delete' | 'grow'; readonly topic: string }
  | { readonly type: 'alter'; readonly topic: string; readonly isr: readonly number[]; readonly recovered: boolean }
  | { readonly type: 'reassign'; readonly topic: string; readonly replicas: readonly number[] | null }
  | { readonly type: 'elect'; readonly unclean: boolean }
  | { readonly type: 'balance' | 'electUnclean' }
  | { readonly type: 'minIsr'; readonly topic: string; readonly value: number }
  | { readonly type: 'unregister'; readonly broker: number };

export const brokers = [1, 2, 3, 4];
const topics = ['a', 'b'];
const broker = fc.constantFrom(...brokers);
const topic = fc.constantFrom(...topics);
const replicas = fc.uniqueArray(broker, { minLength: 1, maxLength: 4 });

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('join' as const), broker, incarnation: fc.integer({ min: 1, max: 4 }), clean: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('heartbeat' as const), broker, wantFence: fc.constant(false), wantShutDown: fc.constant(false) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('heartbeat' as const), broker, wantFence: fc.boolean(), wantShutDown: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(1000, 9500), silent: fc.uniqueArray(broker, { maxLength: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('create' as const), topic, replicas, minIsr: fc.integer({ min: 1, max: 3 }), unclean: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('delete' as const, 'grow' as const), topic }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('alter' as const), topic, isr: replicas, recovered: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('reassign' as const), topic, replicas: fc.option(replicas, { nil: null, freq: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('elect' as const), unclean: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('balance' as const, 'electUnclean' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('minIsr' as const), topic, value: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unregister' as const), broker }) },
);

/** A broker that has begun to leave says so in every heartbeat until it registers anew (BrokerLifecycleManager). */
function heartbeat(driver: Driver, id: number, given: { readonly wantFence: boolean; readonly wantShutDown: boolean }): void {
  const leaving = driver.state.image.brokers.get(brokerId(id))?.inControlledShutdown === true;
  driver.heartbeat(id, { ...given, wantShutDown: given.wantShutDown || leaving });
}

export function perform(driver: Driver, operation: Operation): void {
  const { state } = driver;
  switch (operation.type) {
    case 'join':
      driver.join(operation.broker, {
        incarnation: operation.incarnation,
        previousBrokerEpoch: operation.clean ? driver.epochOf(operation.broker) : -1,
        fenced: true,
      });
      return;
    case 'heartbeat':
      heartbeat(driver, operation.broker, operation);
      return;
    case 'pass':
      driver.nowMs += operation.ms;
      for (const id of brokers)
        if (!operation.silent.includes(id) && driver.epochOf(id) >= 0) heartbeat(driver, id, { wantFence: false, wantShutDown: false });
      while (driver.perform(fenceOneStaleBroker(state, driver.nowMs)) !== undefined);
      return;
    case 'create':
      driver.create(
        assigned(operation.topic, [operation.replicas], {
          'min.insync.replicas': String(operation.minIsr),
          'unclean.leader.election.enable': String(operation.unclean),
        }),
        topicRequest(`${operation.topic}-placed`, { replicationFactor: 2, numPartitions: 3 }),
      );
      return;
    case 'delete':
      driver.perform(deleteTopics(state, { topics: [], topicNames: [operation.topic], timeoutMs: 1 }));
      return;
    case 'grow': {
      const count = (state.image.topicByName(operation.topic)?.partitions.length ?? 0) + 1;
      driver.perform(createPartitions(state, { topics: [{ name: operation.topic, count, assignments: null }], timeoutMs: 1, validateOnly: false }));
      return;
    }
    case 'alter':
      for (const partition of state.image.topicByName(operation.topic)?.partitions ?? [])
        if (partition.leader >= 0)
          driver.alter(operation.topic, [partition.leader, ...operation.isr.filter((id) => id !== partition.leader)], {
            index: partition.index,
            recoveryState: operation.recovered ? 0 : 1,
          });
      return;
    case 'reassign':
      driver.perform(
        alterPartitionReassignments(state, {
          timeoutMs: 1,
          allowReplicationFactorChange: true,
          topics: [{ name: operation.topic, partitions: [{ partitionIndex: 0, replicas: operation.replicas }] }],
        }),
      );
      return;
    case 'elect':
      driver.perform(electLeaders(state, { electionType: operation.unclean ? 1 : 0, topicPartitions: null, timeoutMs: 1 }));
      return;
    case 'balance':
      driver.perform(balanceLeaders(state));
      return;
    case 'electUnclean':
      driver.perform(electUncleanLeaders(state));
      return;
    case 'minIsr':
      driver.perform(
        incrementalAlterConfigs(state, {
          validateOnly: false,
          resources: [
            {
              resourceType: 2,
              resourceName: operation.topic,
              configs: [{ name: 'min.insync.replicas', configOperation: 0, value: String(operation.value) }],
            },
          ],
        }),
      );
      return;
    case 'unregister':
      driver.perform(unregisterBroker(state, { brokerId: brokerId(operation.broker) }));
      return;
  }
}
