/**
 * The vocabulary of faults: what goes wrong, to whom, when and for how long. Data only: `nemesis.ts` makes it happen, `text.ts` reads
 * and writes the short forms of targets and triggers. Each fault stands on its own: delete it, weaken it, and the rest stays.
 */
import type { NodeEventType } from '../../io/node-event.ts';
import type { DiskCallKind } from '../../io/virtual/disk-faults.ts';
import type { SlowableLane } from '../../io/virtual/lanes.ts';
import type { BrokerId } from '../../model/brand.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';

/** Which follower: the one whose log end is lowest or highest at that moment, or the n-th of the replica list without the leader (from 0). */
export type FollowerChoice = 'slowest' | 'fastest' | number;

/** Which member of a group's last generation: the n-th as its coordinator lists them (from 0), or the one that assigns the partitions. */
export type MemberChoice = 'leader' | number;

/** A node by its part in the cluster at the moment when the fault strikes. */
export type Target =
  | { readonly type: 'broker'; readonly id: BrokerId }
  | { readonly type: 'leader'; readonly partition: TopicPartition }
  | { readonly type: 'follower'; readonly partition: TopicPartition; readonly choice: FollowerChoice }
  | { readonly type: 'controller' }
  | { readonly type: 'client'; readonly id: string }
  /** The broker that leads the partition of `__consumer_offsets` to which the group belongs. */
  | { readonly type: 'coordinator'; readonly group: string }
  | { readonly type: 'member'; readonly group: string; readonly choice: MemberChoice };

export const isClientTarget = ({ type }: Target): boolean => type === 'client' || type === 'member';

/** Whose events a trigger counts; `any`: everybody's. */
export type Subject = Target | { readonly type: 'any' };

export interface TimeTrigger {
  readonly type: 'time';
  /** Milliseconds since the workload began, to the microsecond: three decimals count. */
  readonly atMs: number;
}

/** Strikes right after the step in which the event became true. */
export interface EventTrigger {
  readonly type: 'event';
  readonly subject: Subject;
  readonly event: NodeEventType;
  /** Only events of this partition. */
  readonly partition?: TopicPartition;
  /** Only an `answered` of this API. */
  readonly apiKey?: number;
  /** Only while a follower in the ISR lacks what the event names (`appended`, `acknowledged`). */
  readonly notYetReplicated: boolean;
  /** Which of the matching events, from 1. */
  readonly nth: number;
  /** Matching events before this moment, in milliseconds since the workload began, are not counted. */
  readonly afterMs: number;
}
/** What may rot: batches, the indexes of segments, or the small files beside them. */
export const rottingFiles = ['batch', 'index', 'checkpoint'] as const;
export type RottingFile = (typeof rottingFiles)[number];

/** When a fault strikes. */
export type Trigger = TimeTrigger | EventTrigger;

interface Common {
  readonly trigger: Trigger;
  readonly target: Target;
}
interface Lasting extends Common {
  /** After it the fault is healed; the end of the safety phase heals it in any case. */
  readonly durationMs: number;
}

/** The process dies. Its memory is gone; the kernel resets its connections and keeps what was written. */
export interface CrashFault extends Common {
  readonly kind: 'crash';
  /** The machine dies: what was not synced is lost or torn, and no peer hears of it. */
  readonly powerLoss: boolean;
  /** Until it starts again; null: not before the safety phase ends. */
  readonly downMs: number | null;
}
/**
 * The process ends in order. A broker hands over what it leads; a member of a group finishes what it works on, commits and leaves; a
 * producer waits for its answers. Who is not done by the time it should start again is killed.
 */
export interface StopFault extends Common {
  readonly kind: 'stop';
  /** From the order to stop until it starts again; null: not before the safety phase ends. */
  readonly downMs: number | null;
}
/** The process stands still, as in a long garbage collection; its connections stay open. */
export interface PauseFault extends Lasting {
  readonly kind: 'pause';
}
/** No byte between the target and its peers; without peers: all other brokers and controllers. */
export interface PartitionFault extends Lasting {
  readonly kind: 'partition';
  readonly peers: readonly Target[];
}
/** `outbound`: nothing that the target sends arrives; `inbound`: nothing arrives at the target. */
export interface OneWayPartitionFault extends Lasting {
  readonly kind: 'partition-one-way';
  readonly direction: 'outbound' | 'inbound';
  readonly peers: readonly Target[];
}
/** A client is cut off from brokers, who still see each other; without peers: from all. */
export interface ClientCutFault extends Lasting {
  readonly kind: 'client-cut';
  readonly peers: readonly Target[];
}
export interface SlowDiskFault extends Lasting {
  readonly kind: 'slow-disk';
  /** Added to each disk operation. */
  readonly perOperationMs: number;
  /** The device's throughput while it lasts; null leaves it. */
  readonly bytesPerSecond: number | null;
}
/** All links of the target get slower. */
export interface SlowNetworkFault extends Lasting {
  readonly kind: 'slow-network';
  readonly latencyMs: number;
  readonly jitterMs: number;
}
/** Every open connection between the target and its peers breaks; without peers: all of the target's. */
export interface ResetFault extends Common {
  readonly kind: 'reset';
  readonly peers: readonly Target[];
}

/** The application of a member of a group takes longer to work on what a poll gives; its heartbeats go on. */
export interface SlowHandlerFault extends Lasting {
  readonly kind: 'slow-handler';
  /** Added to the work on each poll. */
  readonly perPollMs: number;
}
/** Some threads of a node get little of its processor: each of their steps takes longer, and what comes meanwhile waits. */
export interface SlowLaneFault extends Lasting {
  readonly kind: 'slow-lane';
  readonly lane: SlowableLane;
  /** Added to each step. */
  readonly perStepMs: number;
}
/** Strikes the disk of one log directory of a broker (from 0); where it is not said, all of the node's. */
interface OfDisk extends Lasting {
  readonly logDir?: number;
}
/** Calls to the disk fail with EIO: those of one kind or all, the n-th from now on (from 1) or every one. */
export interface DiskErrorFault extends OfDisk {
  readonly kind: 'disk-error';
  readonly calls: DiskCallKind;
  readonly nthCall: number | null;
}
/** Only so much more fits on the disk: a write takes what fits, and then nothing (ENOSPC). What is stored stays. */
export interface DiskFullFault extends OfDisk {
  readonly kind: 'disk-full';
  readonly freeBytes: number;
}
/** Reads and writes transfer less than they are asked for, as POSIX lets them. */
export interface ShortIoFault extends OfDisk {
  readonly kind: 'short-io';
}
/** No sync of the disk ends. */
export interface StalledSyncFault extends OfDisk {
  readonly kind: 'stalled-sync';
}
/**
 * One bit of a stored file changes, of the partition that the target names, else of any. When it is healed the bit turns back, or, where it took the
 * broker down, the operator empties the disk. Checkpoints are text without a checksum, in Kafka too, where one digit may become another unseen: there
 * the bit is one that no text has.
 */
export interface BitRotFault extends Lasting {
  readonly kind: 'bit-rot';
  readonly file: RottingFile;
}
/** An administrator moves the leadership that the target names, `leader(...)` or `coordinator(...)`, to another replica. */
export interface MoveLeaderFault extends Common {
  readonly kind: 'move-leader';
}
/** An administrator moves the replica that the target names, `leader(...)` or `follower(...)`, to the next log directory of its broker. */
export interface MoveReplicaFault extends Common {
  readonly kind: 'move-replica';
}
/** An administrator asks the controller for more partitions of a topic. */
export interface AddPartitionsFault extends Common {
  readonly kind: 'add-partitions';
  readonly topic: string;
  /** How many are added. */
  readonly partitions: number;
}

/** One fault: its kind, when it strikes, whom, and its details. */
export type Fault =
  | CrashFault
  | StopFault
  | PauseFault
  | PartitionFault
  | OneWayPartitionFault
  | ClientCutFault
  | SlowDiskFault
  | SlowNetworkFault
  | ResetFault
  | SlowHandlerFault
  | SlowLaneFault
  | DiskErrorFault
  | DiskFullFault
  | ShortIoFault
  | StalledSyncFault
  | BitRotFault
  | MoveLeaderFault
  | AddPartitionsFault
  | MoveReplicaFault;
/** One that strikes a disk, other than making it slow. */
export type DiskFault = DiskErrorFault | DiskFullFault | ShortIoFault | StalledSyncFault | BitRotFault;
/** The names of all kinds of faults. */
export type FaultKind = Fault['kind'];

/** What goes wrong with a disk, other than being slow. */
export const diskFaultKinds = ['disk-error', 'disk-full', 'short-io', 'stalled-sync', 'bit-rot'] as const;

export const faultKinds: readonly FaultKind[] = [
  'crash',
  'stop',
  'pause',
  'partition',
  'partition-one-way',
  'client-cut',
  'slow-disk',
  'slow-network',
  'reset',
  'slow-handler',
  'slow-lane',
  ...diskFaultKinds,
  'move-leader',
  'add-partitions',
  'move-replica',
];

/** A fault that struck. */
export interface FiredFault {
  /** Its place in the scenario's list. */
  readonly index: number;
  readonly kind: FaultKind;
  /** Virtual time since the world began. */
  readonly atUs: number;
  /** The node that the target meant at that moment. */
  readonly node: string;
}
