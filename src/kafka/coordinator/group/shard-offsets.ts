/**
 * Committed offsets of one coordinator's groups: commit, fetch, delete, expire, and the deletion of groups.
 * Owns which records each of them writes. Commits inside a transaction wait for its marker and are not made here.
 * Source: OffsetMetadataManager, ClassicGroup.validateOffsetDelete, GroupMetadataManager.
 */
import type { NodeEvent } from '../../../io/node-event.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import { topicPartition } from '../../../model/topic-partition.ts';
import type { MemberRequest } from '../../rules/group.ts';
import { consumerProtocolType } from './consumer-protocol.ts';
import type { Group } from './group.ts';
import { committed } from './membership.ts';
import type { OffsetStore, StoredOffset } from './offset-store.ts';
import type { CommittedOffset, CoordinatorRecord } from './records.ts';
import type { GroupShard } from './shard.ts';
import type { Written } from './writes.ts';

export interface CommitRequest extends MemberRequest {
  readonly groupId: string;
  /** Of OffsetCommit. */
  readonly version: number;
  readonly offsets: readonly (StoredOffset & { readonly value: CommittedOffset })[];
}

const minuteMs = 60_000;

/** Stores the positions; `done` comes once they are committed, or with the reason why they are not. */
export function commitOffsets(shard: GroupShard, request: CommitRequest, done: (error: ErrorCode) => void): void {
  const { world, rules } = shard.options;
  const { groupId, memberId, generation, offsets } = request;
  const group = shard.groups.get(groupId);
  const error = rules.commitError(group, request, request.version);
  if (error !== ErrorCode.NONE) {
    done(error);
    return;
  }
  if (group !== undefined) shard.perform(groupId, committed(group, memberId, shard.context()));
  if (offsets.length === 0) {
    done(ErrorCode.NONE);
    return;
  }
  world.observe({
    type: 'commitAccepted',
    group: groupId,
    member: memberId,
    generation,
    offsets: offsets.map(({ topic, partition, value }) => ({ partition: topicPartition(topic, partition), offset: value.offset })),
  });
  const records = offsets.map((offset): CoordinatorRecord => ({ type: 'offset', group: groupId, ...offset }));
  shard.write(records, (failure) => {
    if (failure === ErrorCode.NONE)
      for (const { topic, partition, value } of offsets)
        world.observe({
          type: 'committed',
          group: groupId,
          member: memberId,
          generation,
          partition: topicPartition(topic, partition),
          offset: value.offset,
        });
    done(rules.writeError(failure));
  });
}

/**
 * Hands over a group's offsets as they are committed. `stable`: those just written too, once they are committed; so no answer is older than
 * one that was given before, which plain reads cannot promise after a change of coordinator (KIP-447). REQUEST_TIMED_OUT is never told:
 * older consumers do not know it.
 */
export function fetchOffsets(shard: GroupShard, stable: boolean, done: (error: ErrorCode, offsets: OffsetStore) => void): void {
  if (!stable) {
    done(ErrorCode.NONE, shard.committedOffsets);
    return;
  }
  shard.settled((failure) => {
    const error = failure === ErrorCode.REQUEST_TIMED_OUT ? ErrorCode.NOT_COORDINATOR : shard.options.rules.writeError(failure);
    done(error, shard.committedOffsets);
  });
}

export interface OffsetName {
  readonly topic: string;
  readonly partition: number;
}
export type DeletedOffset = OffsetName & { readonly error: ErrorCode };

/** Deletes offsets of topics that no member subscribes to (KIP-496). The error is the group's, else each offset has its own. */
export function deleteOffsets(
  shard: GroupShard,
  groupId: string,
  names: readonly OffsetName[],
  done: (error: ErrorCode, offsets: readonly DeletedOffset[]) => void,
): void {
  const group = shard.groups.get(groupId);
  if (group === undefined || group.state === 'Dead') {
    done(ErrorCode.GROUP_ID_NOT_FOUND, []);
    return;
  }
  if (group.state !== 'Empty' && group.protocolType !== consumerProtocolType) {
    done(ErrorCode.NON_EMPTY_GROUP, []);
    return;
  }
  const results = names.map(
    (name): DeletedOffset => ({ ...name, error: isSubscribed(group, name.topic) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE }),
  );
  const records = results.filter(
    ({ topic, partition, error }) => error === ErrorCode.NONE && shard.offsets.get(groupId, topic, partition) !== undefined,
  );
  if (records.length === 0) {
    done(ErrorCode.NONE, results);
    return;
  }
  bury(shard, groupId, records, false, 'asked', (failure) => {
    const error = shard.options.rules.writeError(failure);
    done(error, error === ErrorCode.NONE ? results : []);
  });
}

const isSubscribed = (group: Group, topic: string): boolean =>
  group.subscribedTopics?.has(topic) ?? (group.protocolType === consumerProtocolType && group.state !== 'Empty');

/** Deletes a group without members, and its offsets. */
export function deleteGroup(shard: GroupShard, groupId: string, done: (error: ErrorCode) => void): void {
  const group = shard.groups.get(groupId);
  if (group === undefined || group.state === 'Dead') done(ErrorCode.GROUP_ID_NOT_FOUND);
  else if (group.state !== 'Empty') done(ErrorCode.NON_EMPTY_GROUP);
  else bury(shard, groupId, shard.offsets.of(groupId), true, 'asked', (failure) => done(shard.options.rules.writeError(failure)));
}

type Forgotten = Extract<NodeEvent, { readonly type: 'forgotten' }>;

/** Writes tombstones for these offsets, and with `whole` for the group itself. */
function bury(shard: GroupShard, group: string, offsets: readonly OffsetName[], whole: boolean, cause: Forgotten['cause'], written: Written): void {
  const partitions = offsets.map(({ topic, partition }) => topicPartition(topic, partition));
  const tombstones = offsets.map(({ topic, partition }): CoordinatorRecord => ({ type: 'offsetTombstone', group, topic, partition }));
  const appended = shard.write(whole ? [...tombstones, { type: 'groupTombstone', group }] : tombstones, written);
  if (appended) shard.options.world.observe({ type: 'forgotten', group, partitions, whole, cause });
}

/** Ends offsets whose retention is over, and groups that have neither members nor offsets (KIP-211). */
export function expireOffsets(shard: GroupShard): void {
  const { world, rules, config } = shard.options;
  const nowMs = world.clock.wallMs();
  const retentionMs = config.offsetsRetentionMinutes * minuteMs;
  for (const group of [...shard.groups.values()]) {
    const offsets = shard.offsets.of(group.id);
    const due = offsets.filter(({ topic, value }) => rules.offsetExpired(group, topic, value, nowMs, retentionMs));
    const over = due.length === offsets.length && group.state === 'Empty';
    // An OffsetCommit before version 5 may say itself for how long its offset is kept.
    const cause = due.some(({ value }) => value.expireTimestampMs >= 0) ? 'asked' : 'expired';
    if (due.length > 0 || over) bury(shard, group.id, due, over, cause, forget);
  }
}

/** Topics are gone, and what was consumed of them with them. */
export function forgetTopics(shard: GroupShard, topics: ReadonlySet<string>): void {
  for (const group of [...shard.groups.keys()]) {
    const gone = shard.offsets.of(group).filter(({ topic }) => topics.has(topic));
    if (gone.length > 0) bury(shard, group, gone, false, 'topic', forget);
  }
}

/** What could not be written is due again at the next look. */
const forget = (): void => {};
