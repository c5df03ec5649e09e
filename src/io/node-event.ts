/**
 * What nodes report of themselves: the one vocabulary for state checkers, fault triggers, the trace, coverage and reports.
 * An event is told at the moment it became true, inside the step that made it so; it is plain data and never changes afterwards.
 */
import type { BrokerEpoch, BrokerId, LeaderEpoch, Offset } from '../model/brand.ts';
import type { TopicPartition } from '../model/topic-partition.ts';
import type { DiskError } from './disk.ts';

/** One batch as a log holds it: offsets inclusive, the leader epoch stamped on it, its CRC-32C. */
export interface BatchSummary {
  readonly base: Offset;
  readonly last: Offset;
  readonly epoch: LeaderEpoch;
  readonly crc: number;
}

/** Why the controller changed who leads a partition. `elr`: from the eligible leader replicas (KIP-966); `unclean`: data may be lost. */
export type ElectionKind = 'clean' | 'elr' | 'unclean';

/** What one replica's log holds. */
export type LogEvent =
  | ({ readonly type: 'appended'; readonly partition: TopicPartition } & BatchSummary)
  /** Everything at and above `to` is gone; `from` was the log end offset before. */
  | { readonly type: 'truncated'; readonly partition: TopicPartition; readonly to: Offset; readonly from: Offset }
  | { readonly type: 'logStart'; readonly partition: TopicPartition; readonly offset: Offset }
  /** Everything below `to` is durable. */
  | { readonly type: 'synced'; readonly partition: TopicPartition; readonly to: Offset }
  /** A log was opened at start-up. `clean`: after a clean stop, so that nothing was scanned. */
  | {
      readonly type: 'recovered';
      readonly partition: TopicPartition;
      readonly logStart: Offset;
      readonly logEnd: Offset;
      /** As its checkpoint has it, within [logStart, logEnd]. */
      readonly highWatermark: Offset;
      readonly clean: boolean;
    }
  /** The log forgot idempotent producers that were silent for producer.id.expiration.ms. */
  | { readonly type: 'producersForgotten'; readonly partition: TopicPartition }
  /** The log began again with a snapshot of its producers: of their batches below `from` it knows the last of each alone. */
  | { readonly type: 'producersRebuilt'; readonly partition: TopicPartition; readonly from: Offset }
  /** Compaction has written the segments of [from, to) anew: of each key that it looked at, what a later record overtook is gone. */
  | { readonly type: 'cleaned'; readonly partition: TopicPartition; readonly from: Offset; readonly to: Offset }
  | { readonly type: 'logRemoved'; readonly partition: TopicPartition }
  /** The replica lies in this log directory from now on, with all that it held. */
  | { readonly type: 'replicaMoved'; readonly partition: TopicPartition; readonly directory: string }
  /** What lies at or behind this offset is not what was written: nobody gets it, and the log directory goes offline. */
  | { readonly type: 'damageFound'; readonly partition: TopicPartition; readonly offset: Offset };

/** What became of a node's storage. */
export type StorageEvent =
  /** The log directory failed and is used no more; `error` as errno names it. */
  | { readonly type: 'directoryFailed'; readonly directory: string; readonly error: DiskError }
  /** The node can not go on: its process ends. */
  | { readonly type: 'gaveUp'; readonly reason: string };

/** What one replica decided in replication. */
export type ReplicaEvent =
  /** The broker applied a metadata record that made it leader or follower of this epoch; `none`: it is no replica any more, or the partition has no leader. */
  | {
      readonly type: 'role';
      readonly partition: TopicPartition;
      readonly role: 'leader' | 'follower' | 'none';
      readonly epoch: LeaderEpoch;
      readonly leader: BrokerId;
    }
  | { readonly type: 'highWatermark'; readonly partition: TopicPartition; readonly offset: Offset }
  /** The leader's view: `isr` as committed by the controller, `maximalIsr` with what is proposed and not yet answered (KIP-497). */
  | {
      readonly type: 'isr';
      readonly partition: TopicPartition;
      readonly epoch: LeaderEpoch;
      readonly partitionEpoch: number;
      readonly isr: readonly BrokerId[];
      readonly maximalIsr: readonly BrokerId[];
      /** min(min.insync.replicas, replica count) */
      readonly minIsr: number;
    }
  /** A produce was answered without error for these offsets. */
  | {
      readonly type: 'acknowledged';
      readonly partition: TopicPartition;
      readonly base: Offset;
      readonly last: Offset;
      readonly epoch: LeaderEpoch;
      readonly acks: number;
    }
  /** Records in [from, to) left for a consumer. */
  | { readonly type: 'served'; readonly partition: TopicPartition; readonly from: Offset; readonly to: Offset }
  /** A produced batch stands in the log already, at these offsets: it is not written again, and answered with its place (KIP-98). */
  | { readonly type: 'duplicated'; readonly partition: TopicPartition; readonly base: Offset; readonly last: Offset }
  /** A fetch asked for an offset that this log does not have; `replica` is -1 for a consumer. */
  | { readonly type: 'outOfRange'; readonly partition: TopicPartition; readonly replica: BrokerId; readonly offset: Offset }
  /** The leader told a fetcher where their histories part (KIP-595). */
  | {
      readonly type: 'diverged';
      readonly partition: TopicPartition;
      readonly replica: BrokerId;
      readonly epoch: LeaderEpoch;
      readonly endOffset: Offset;
    }
  /** A consumer or a follower was sent a batch whose checksum is wrong. */
  | { readonly type: 'damageReceived'; readonly partition: TopicPartition; readonly offset: Offset };

/** What the controller decided, told when the records are committed. */
export type ControllerEvent =
  | {
      readonly type: 'partitionState';
      readonly partition: TopicPartition;
      readonly leader: BrokerId;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: number;
      readonly replicas: readonly BrokerId[];
      readonly isr: readonly BrokerId[];
      readonly elr: readonly BrokerId[];
      readonly minIsr: number;
    }
  | {
      readonly type: 'elected';
      readonly partition: TopicPartition;
      readonly kind: ElectionKind;
      readonly leader: BrokerId;
      readonly leaderEpoch: LeaderEpoch;
    }
  | { readonly type: 'isrShrunk' | 'isrExpanded'; readonly partition: TopicPartition; readonly isr: readonly BrokerId[] }
  /** `unclean`: the broker could not prove that it had stopped cleanly (KIP-966). */
  | { readonly type: 'registered'; readonly broker: BrokerId; readonly brokerEpoch: BrokerEpoch; readonly unclean: boolean }
  | { readonly type: 'fenced' | 'unfenced'; readonly broker: BrokerId }
  /** How a controller that takes over finds a broker: its predecessor may have lost power between committing a change and telling of it. */
  | { readonly type: 'brokerState'; readonly broker: BrokerId; readonly fenced: boolean }
  /** This controller leads the metadata log from now on. */
  | { readonly type: 'controllerActive'; readonly epoch: LeaderEpoch };

/** What began a rebalance of a group. `metadata`: a member came with other metadata, or its leader came again. `failedAssignment`: the assignment could not be committed. */
export type RebalanceReason = 'join' | 'leave' | 'expiry' | 'metadata' | 'syncTimeout' | 'failedAssignment';

/** What a member of a group owns; `partitions` is undefined where the assignment is not that of the consumer protocol. */
export interface MemberAssignment {
  readonly member: string;
  readonly partitions: readonly TopicPartition[] | undefined;
}

/** Where a group goes on in one partition. */
export interface GroupOffset {
  readonly partition: TopicPartition;
  /** As the client gave it, which may be negative; -1 where nothing is committed. */
  readonly offset: number;
}

/** What a group coordinator decided. */
export type GroupEvent =
  /** A rebalance begins: every member is asked to join again. Until the next generation, commits of this one are still taken. */
  | { readonly type: 'rebalancing'; readonly group: string; readonly generation: number; readonly reason: RebalanceReason }
  /** It left, died, or did not come in time: what it says from now on counts for nothing. */
  | { readonly type: 'memberRemoved'; readonly group: string; readonly member: string }
  /** A rebalance gathered its members; without members the group is empty, and protocol and leader are ''. */
  | {
      readonly type: 'generation';
      readonly group: string;
      readonly generation: number;
      readonly members: readonly string[];
      readonly protocol: string;
      readonly leader: string;
      readonly reason: RebalanceReason;
      /** The longest rebalance timeout among the members: for so long the group waits for one that does not send SyncGroup. */
      readonly timeoutMs: number;
    }
  /** It asked for its assignment by SyncGroup, in the generation that it joined. */
  | { readonly type: 'memberSynced'; readonly group: string; readonly member: string }
  /** The assignment is committed and about to be answered; told again when a static member took another member id. */
  | { readonly type: 'assignment'; readonly group: string; readonly generation: number; readonly members: readonly MemberAssignment[] }
  /** A commit is taken and about to be written. `member` is '' and `generation` -1 for a commit from outside the group. */
  | {
      readonly type: 'commitAccepted';
      readonly group: string;
      readonly member: string;
      readonly generation: number;
      readonly offsets: readonly GroupOffset[];
    }
  /** One offset of a commit is answered without error: its record is committed. */
  | {
      readonly type: 'committed';
      readonly group: string;
      readonly member: string;
      readonly generation: number;
      readonly partition: TopicPartition;
      /** As the client gave it, which may be negative. */
      readonly offset: number;
    }
  /** A client is told what a group has committed; `stable`: only after all that was written before is committed (KIP-447). */
  | { readonly type: 'offsetsFetched'; readonly group: string; readonly stable: boolean; readonly offsets: readonly GroupOffset[] }
  /** Tombstones stand in the log for these offsets of a group, and with `whole` for the group itself. */
  | {
      readonly type: 'forgotten';
      readonly group: string;
      readonly partitions: readonly TopicPartition[];
      readonly whole: boolean;
      /** `expired`: offsets.retention.minutes are over. `asked`: a client wanted it so. `topic`: the topic is gone. */
      readonly cause: 'expired' | 'asked' | 'topic';
    }
  /** This broker coordinates the groups of a partition of `__consumer_offsets` from now on, or no longer. */
  | { readonly type: 'coordinator'; readonly partition: TopicPartition; readonly role: 'loaded' | 'unloaded'; readonly epoch: LeaderEpoch };

/** What a node's request and response handling did. */
export type RequestEvent =
  /** A server answered; `error` is the worst error code in the answer, 0 for none. */
  | { readonly type: 'answered'; readonly apiKey: number; readonly error: number }
  /** A producer sends a batch again after an error or a timeout; `error` is what it got, -1 for no answer. */
  | { readonly type: 'produceRetried'; readonly partition: TopicPartition; readonly error: number }
  /** An idempotent producer begins a new epoch of its id: what it sends from now on is numbered anew (KIP-360). */
  | { readonly type: 'epochBumped'; readonly epoch: number }
  /** The broker's view of the metadata log moved to this offset. */
  | { readonly type: 'metadataApplied'; readonly offset: Offset }
  /** Start-up is over: the broker is unfenced and serves. */
  | { readonly type: 'running' };

/** What a node did, at the moment it became true: the one vocabulary of checkers, triggers and traces. */
export type NodeEvent = LogEvent | StorageEvent | ReplicaEvent | ControllerEvent | GroupEvent | RequestEvent;
/** The names of all events, as triggers and expectations use them. */
export type NodeEventType = NodeEvent['type'];
