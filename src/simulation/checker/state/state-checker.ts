/**
 * What a checker of replica state is: it hears every NodeEvent and what happens to hosts, and reports to a sink at once.
 * Owns the interface only. A broker's host has the broker's id; hosts without replicas (controllers, clients) may be told or not.
 */
import type { NodeEvent } from '../../../io/node-event.ts';
import type { Offset } from '../../../model/brand.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';

export interface StateChecker {
  /** Right after the event became true, in virtual time. */
  observe(timeUs: number, hostId: number, event: NodeEvent): void;
  /** The host's node died: memory is gone, and with `lossy` (power loss) what was not synced. */
  crashed(timeUs: number, hostId: number, lossy: boolean): void;
  /** The host's node ended itself in order. */
  stopped(timeUs: number, hostId: number): void;
  /** The host runs a node again, over the disks it left. */
  restarted(timeUs: number, hostId: number): void;
  /** A disk of the host, on which its replicas of these partitions lay, was emptied while it was down. */
  wiped(timeUs: number, hostId: number, partitions: ReadonlySet<TopicPartition>): void;
  /** The run is over. */
  finish(timeUs: number): void;
}

/** A commit of one partition that certainly came into the log, whoever asked for it. */
export interface CommittedPosition {
  readonly group: string;
  readonly partition: TopicPartition;
  readonly offset: number;
  /** When its coordinator took it, in virtual time. */
  readonly acceptedUs: number;
}

/** What checkers of client histories ask of idempotent producers. */
export interface ProducerWitness {
  /** Whether some log of the partition forgot producers for their silence in this time, inclusive. */
  forgotten(partition: TopicPartition, fromUs: number, toUs: number): boolean;
  /** Log ends at which brokers opened the partition after a clean stop and then led it, by this time: below each of them they know the last batch of a producer. */
  snapshotEnds(partition: TopicPartition, byUs: number): readonly number[];
  /** The same of logs that they fetched, or opened again, after a compaction. */
  compactedEnds(partition: TopicPartition, byUs: number): readonly number[];
}

/** What checkers of client histories ask of groups. */
export interface GroupWitness {
  /** The furthest of each group and partition, each time that there was a further one. */
  readonly positions: readonly CommittedPosition[];
  /** Why committed offsets of the group may be gone; undefined when they may not. */
  lossExcuse(group: string): string | undefined;
  /** How often the whole group was given up by then: one of that name that comes later counts its generations from the beginning. */
  endsBefore(group: string, timeUs: number): number;
}

/** What checkers of client histories ask the oracle of replica state. */
export interface LossOracle {
  /** Why losing this acknowledged or consumed offset is permitted; undefined when it is not. */
  lossExcuse(partition: TopicPartition, offset: Offset): string | undefined;
  /** The largest log start that any leader had by then: who read there found nothing below. A later leader may have kept more. */
  deletedBelow(partition: TopicPartition, timeUs: number): number;
}
