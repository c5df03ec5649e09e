/**
 * What one record makes of a registration, and how a registration is written down: the two directions between records and values.
 * Owns no look-ups; the image knows where a value lives. Source: Kafka's PartitionRegistration.merge and toRecord, BrokerRegistration.
 */
import { type BrokerId, brokerEpoch, brokerId, leaderEpoch } from '../../model/brand.ts';
import type { BrokerRegistrationChangeRecord } from '../../protocol/messages/metadata/broker-registration-change-record.ts';
import type { PartitionChangeRecord } from '../../protocol/messages/metadata/partition-change-record.ts';
import type { PartitionRecord } from '../../protocol/messages/metadata/partition-record.ts';
import type { RegisterBrokerRecord } from '../../protocol/messages/metadata/register-broker-record.ts';
import type { BrokerRegistration, PartitionRegistration } from './registration.ts';

/** The field Leader of a change record that sets none (LeaderConstants.NO_LEADER_CHANGE). */
const noLeaderChange = -2;
const noRecoveryChange = -1;
const recovered = 0;
const recovering = 1;

const ids = (raw: readonly number[]): readonly BrokerId[] => raw.map(brokerId);

export function registrationFrom(record: RegisterBrokerRecord): BrokerRegistration {
  const endpoint = record.endPoints[0];
  return {
    id: brokerId(record.brokerId),
    epoch: brokerEpoch(record.brokerEpoch),
    incarnation: record.incarnationId,
    endpoints: record.endPoints,
    host: endpoint?.host ?? '',
    port: endpoint?.port ?? -1,
    rack: record.rack,
    fenced: record.fenced,
    inControlledShutdown: record.inControlledShutdown,
    logDirs: record.logDirs,
    features: record.features,
  };
}

/** `fenced` and `inControlledShutdown`: 1 sets, -1 clears, 0 leaves. No log directories: they stay. */
export function changedBroker(
  before: BrokerRegistration,
  change: Pick<BrokerRegistrationChangeRecord, 'fenced' | 'inControlledShutdown' | 'logDirs'>,
): BrokerRegistration {
  return {
    ...before,
    fenced: change.fenced === 0 ? before.fenced : change.fenced > 0,
    inControlledShutdown: change.inControlledShutdown === 0 ? before.inControlledShutdown : change.inControlledShutdown > 0,
    logDirs: change.logDirs.length === 0 ? before.logDirs : change.logDirs,
  };
}

export function partitionFrom(record: PartitionRecord, topic: string): PartitionRegistration {
  return {
    topicId: record.topicId,
    topic,
    index: record.partitionId,
    replicas: ids(record.replicas),
    isr: ids(record.isr),
    elr: ids(record.eligibleLeaderReplicas ?? []),
    lastKnownElr: ids(record.lastKnownElr ?? []),
    leader: brokerId(record.leader),
    leaderEpoch: leaderEpoch(record.leaderEpoch),
    partitionEpoch: record.partitionEpoch,
    recovering: record.leaderRecoveryState === recovering,
    addingReplicas: ids(record.addingReplicas),
    removingReplicas: ids(record.removingReplicas),
    directories: record.directories,
  };
}

export function mergedPartition(before: PartitionRegistration, record: PartitionChangeRecord): PartitionRegistration {
  const leaderSet = record.leader !== noLeaderChange;
  return {
    ...before,
    replicas: record.replicas === null ? before.replicas : ids(record.replicas),
    isr: record.isr === null ? before.isr : ids(record.isr),
    elr: record.eligibleLeaderReplicas === null ? before.elr : ids(record.eligibleLeaderReplicas),
    lastKnownElr: record.lastKnownElr === null ? before.lastKnownElr : ids(record.lastKnownElr),
    leader: leaderSet ? brokerId(record.leader) : before.leader,
    leaderEpoch: leaderSet ? leaderEpoch(before.leaderEpoch + 1) : before.leaderEpoch,
    partitionEpoch: before.partitionEpoch + 1,
    recovering: record.leaderRecoveryState === noRecoveryChange ? before.recovering : record.leaderRecoveryState === recovering,
    addingReplicas: record.addingReplicas === null ? before.addingReplicas : ids(record.addingReplicas),
    removingReplicas: record.removingReplicas === null ? before.removingReplicas : ids(record.removingReplicas),
    directories: record.directories ?? before.directories,
  };
}

/** The record that creates this partition, and that a snapshot holds. */
export const partitionRecordOf = (partition: PartitionRegistration): PartitionRecord => ({
  partitionId: partition.index,
  topicId: partition.topicId,
  replicas: partition.replicas,
  isr: partition.isr,
  removingReplicas: partition.removingReplicas,
  addingReplicas: partition.addingReplicas,
  leader: partition.leader,
  leaderRecoveryState: partition.recovering ? recovering : recovered,
  leaderEpoch: partition.leaderEpoch,
  partitionEpoch: partition.partitionEpoch,
  directories: partition.directories,
  eligibleLeaderReplicas: partition.elr.length === 0 ? null : partition.elr,
  lastKnownElr: partition.lastKnownElr.length === 0 ? null : partition.lastKnownElr,
});

/** The record that makes `after` out of `before`; only what differs is in it. `leaderSet` with the same leader still raises the epoch. */
export const partitionChangeRecordOf = (before: PartitionRegistration, after: PartitionRegistration, leaderSet: boolean): PartitionChangeRecord => ({
  partitionId: after.index,
  topicId: after.topicId,
  isr: changed(before.isr, after.isr),
  leader: leaderSet ? after.leader : noLeaderChange,
  replicas: changed(before.replicas, after.replicas),
  removingReplicas: changed(before.removingReplicas, after.removingReplicas),
  addingReplicas: changed(before.addingReplicas, after.addingReplicas),
  leaderRecoveryState: before.recovering === after.recovering ? noRecoveryChange : after.recovering ? recovering : recovered,
  directories: before.directories === after.directories ? null : after.directories,
  eligibleLeaderReplicas: changed(before.elr, after.elr),
  lastKnownElr: changed(before.lastKnownElr, after.lastKnownElr),
});

/** The rules give the same array where nothing changed. */
const changed = (before: readonly BrokerId[], after: readonly BrokerId[]): readonly BrokerId[] | null => (before === after ? null : after);

/** A broker's registration as a snapshot holds it. */
export const registerBrokerRecordOf = (broker: BrokerRegistration): RegisterBrokerRecord => ({
  brokerId: broker.id,
  isMigratingZkBroker: false,
  incarnationId: broker.incarnation,
  brokerEpoch: broker.epoch,
  endPoints: broker.endpoints,
  features: broker.features,
  rack: broker.rack,
  fenced: broker.fenced,
  inControlledShutdown: broker.inControlledShutdown,
  logDirs: broker.logDirs,
  cordonedLogDirs: null,
});
