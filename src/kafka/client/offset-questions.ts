/** ListOffsets and OffsetForLeaderEpoch as questions to leaders. Owns the two messages; who asks and what follows is elsewhere. */
import type { World } from '../../io/world.ts';
import { apis } from '../../protocol/apis.ts';
import type { ClusterView, PartitionView } from './cluster-view.ts';
import type { ConnectionConfig } from './config.ts';
import { LeaderLookup, type Target } from './leader-lookup.ts';
import type { ClientRules, EpochEnd } from './rules.ts';

/** Timestamps with a meaning of their own in ListOffsets (ListOffsetsRequest). */
export const latestTimestamp = -1;
export const earliestTimestamp = -2;
export const maxTimestamp = -3;

export interface OffsetTarget extends Target {
  /** Wall time in ms, or one of the timestamps above. */
  readonly timestampMs: number;
}

export interface OffsetAnswer {
  /** -1: no record at or after the timestamp. */
  readonly offset: number;
  readonly timestampMs: number;
  readonly leaderEpoch: number;
}

export interface EpochTarget extends Target {
  readonly epoch: number;
}

const consumerReplicaId = -1;
const readUncommitted = 0;

/** Groups what is asked of one leader by topic, as both messages want it. */
function byTopic<T extends Target, P>(
  targets: readonly { readonly target: T; readonly view: PartitionView }[],
  partitionOf: (target: T, view: PartitionView) => P,
): readonly (readonly [string, P[]])[] {
  const topics = new Map<string, P[]>();
  for (const { target, view } of targets) {
    const partitions = topics.get(target.topic);
    if (partitions === undefined) topics.set(target.topic, [partitionOf(target, view)]);
    else partitions.push(partitionOf(target, view));
  }
  return [...topics];
}

export function offsetLookup(world: World, cluster: ClusterView, config: ConnectionConfig, rules: ClientRules, name: string) {
  return new LeaderLookup<OffsetTarget, OffsetAnswer>(world, cluster, config, rules, `${name} offsets`, (channel, targets, done) => {
    const topics = byTopic(targets, (target, view) => ({
      partitionIndex: target.index,
      currentLeaderEpoch: view.leaderEpoch,
      timestamp: target.timestampMs,
    })).map(([topic, partitions]) => ({ name: topic, partitions }));
    const body = { replicaId: consumerReplicaId, isolationLevel: readUncommitted, topics, timeoutMs: config.requestTimeoutMs };
    channel.send(apis.listOffsets, body, (result) => {
      if (!result.ok) {
        done(undefined);
        return;
      }
      done(
        result.value.topics.flatMap((topic) =>
          topic.partitions.map((partition) => ({
            topic: topic.name,
            index: partition.partitionIndex,
            error: partition.errorCode,
            answer: { offset: partition.offset, timestampMs: partition.timestamp, leaderEpoch: partition.leaderEpoch },
          })),
        ),
      );
    });
  });
}

export function epochLookup(world: World, cluster: ClusterView, config: ConnectionConfig, rules: ClientRules, name: string) {
  return new LeaderLookup<EpochTarget, EpochEnd>(world, cluster, config, rules, `${name} epochs`, (channel, targets, done) => {
    const topics = byTopic(targets, (target, view) => ({
      partition: target.index,
      currentLeaderEpoch: view.leaderEpoch,
      leaderEpoch: target.epoch,
    })).map(([topic, partitions]) => ({ topic, partitions }));
    channel.send(apis.offsetForLeaderEpoch, { replicaId: consumerReplicaId, topics }, (result) => {
      if (!result.ok) {
        done(undefined);
        return;
      }
      done(
        result.value.topics.flatMap((topic) =>
          topic.partitions.map((partition) => ({
            topic: topic.topic,
            index: partition.partition,
            error: partition.errorCode,
            answer: { epoch: partition.leaderEpoch, endOffset: partition.endOffset },
          })),
        ),
      );
    });
  });
}
