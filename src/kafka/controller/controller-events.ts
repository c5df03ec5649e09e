/** What a change of the metadata means, as events for observers: who leads, who is in sync, who joined and who was fenced. Owns no state. */
import type { ElectionKind, NodeEvent } from '../../io/node-event.ts';
import type { BrokerId } from '../../model/brand.ts';
import { topicPartition } from '../../model/topic-partition.ts';
import type { BrokerDelta, MetadataDelta } from '../metadata/metadata-image.ts';
import { ConfigResourceType, type PartitionRegistration } from '../metadata/registration.ts';
import { effectiveMinIsr, minInsyncReplicasKey } from '../metadata/topic-settings.ts';
import type { ControllerState } from './controller-state.ts';

/** `unclean`: whether the broker that registers in this delta could not prove a clean stop. Call it after the state has moved on. */
export function eventsOf(state: ControllerState, delta: MetadataDelta, unclean: boolean): readonly NodeEvent[] {
  const events: NodeEvent[] = [];
  for (const change of delta.brokers) brokerEvents(events, change, unclean);
  for (const { before, after } of delta.partitions) if (after !== undefined) partitionEvents(events, state, before, after);
  for (const { resourceType, resourceName, name } of delta.configs)
    if (name === minInsyncReplicasKey)
      for (const topic of state.image.topics.values())
        if (resourceType !== ConfigResourceType.TOPIC || topic.name === resourceName)
          for (const partition of topic.partitions) events.push(partitionState(state, partition));
  return events;
}

export function partitionState(state: ControllerState, partition: PartitionRegistration): NodeEvent {
  const { leader, leaderEpoch, partitionEpoch, replicas, isr, elr } = partition;
  const minIsr = effectiveMinIsr(state.image, partition, state.config.minInsyncReplicas);
  return { type: 'partitionState', partition: nameOf(partition), leader, leaderEpoch, partitionEpoch, replicas, isr, elr, minIsr };
}

const nameOf = (partition: PartitionRegistration) => topicPartition(partition.topic, partition.index);

function brokerEvents(events: NodeEvent[], { before, after }: BrokerDelta, unclean: boolean): void {
  if (after === undefined) return;
  if (before?.incarnation !== after.incarnation) events.push({ type: 'registered', broker: after.id, brokerEpoch: after.epoch, unclean });
  if (before !== undefined && before.fenced !== after.fenced) events.push({ type: after.fenced ? 'fenced' : 'unfenced', broker: after.id });
}

function partitionEvents(events: NodeEvent[], state: ControllerState, before: PartitionRegistration | undefined, after: PartitionRegistration): void {
  const partition = nameOf(after);
  if (after.leader >= 0 && after.leader !== before?.leader)
    events.push({ type: 'elected', partition, kind: electionKind(before, after.leader), leader: after.leader, leaderEpoch: after.leaderEpoch });
  if (before !== undefined) {
    if (!containsAll(after.isr, before.isr)) events.push({ type: 'isrShrunk', partition, isr: after.isr });
    if (!containsAll(before.isr, after.isr)) events.push({ type: 'isrExpanded', partition, isr: after.isr });
  }
  events.push(partitionState(state, after));
}

const containsAll = (whole: readonly BrokerId[], part: readonly BrokerId[]): boolean => part.every((id) => whole.includes(id));

/** Where the leader stood before it was elected tells why it could be. */
function electionKind(before: PartitionRegistration | undefined, leader: BrokerId): ElectionKind {
  if (before === undefined || before.isr.includes(leader)) return 'clean';
  return before.elr.includes(leader) ? 'elr' : 'unclean';
}
