/**
 * What a cluster must let a nemesis do to it. The simulated cluster implements it in virtual time; brokers on real sockets can too.
 * Nodes are named: `broker-1`, `controller-1000`, a client by its id.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import type { DiskCallKind } from '../../io/virtual/disk-faults.ts';
import type { SlowableLane } from '../../io/virtual/lanes.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import type { Fault, RottingFile, Target } from './fault.ts';

/** What is broken until it is healed. Healing is idempotent. */
export interface Healable {
  heal(): void;
}

/** Which log directory's disk, from 0; all of them where it is not said. */
export interface Struck {
  readonly logDir?: number;
}

export type NodeRole = 'broker' | 'controller' | 'client';

export interface FaultTarget {
  /** The node that the target means now; undefined when there is none, such as the leader of a partition without one. */
  resolve(target: Target): string | undefined;
  /** All nodes of a role, running or not, in the order of the scenario. */
  nodes(role: NodeRole): readonly string[];
  roleOf(node: string): NodeRole;
  isUp(node: string): boolean;
  /** A follower in the committed ISR lacks the records that the event names. */
  isUnreplicated(partition: TopicPartition, event: NodeEvent): boolean;

  crash(node: string, how: { readonly powerLoss: boolean }): void;
  /** Starts a node that is down, with the disks it left. */
  restart(node: string): void;
  pause(node: string): void;
  resume(node: string): void;
  /** Cuts every path from one side to the other; `oneWay`: only that direction. */
  partition(from: readonly string[], to: readonly string[], how: { readonly oneWay: boolean }): Healable;
  slowDisk(node: string, how: { readonly perOperationMs: number; readonly bytesPerSecond: number | null }): Healable;
  slowNetwork(node: string, how: { readonly latencyMs: number; readonly jitterMs: number }): Healable;
  /** Breaks the open connections between the node and these others. */
  reset(node: string, peers: readonly string[]): void;

  // Not every cluster has a hand on its clients, or an administrator; a fault that needs what is missing never strikes.

  /** Whether the fault would come to anything now; one that would not waits. */
  isPossible?(fault: Fault): boolean;
  /** Ends a node in order. Heals by starting it again, after killing it if it is not done. */
  stop?(node: string): Healable;
  slowLane?(node: string, how: { readonly lane: SlowableLane; readonly perStepMs: number }): Healable;
  failDisk?(node: string, how: Struck & { readonly calls: DiskCallKind; readonly nthCall: number | null }): Healable;
  fillDisk?(node: string, how: Struck & { readonly freeBytes: number }): Healable;
  shortenIo?(node: string, how: Struck): Healable;
  stallSyncs?(node: string, how: Struck): Healable;
  /** The way to make a bit of such a file rot, of this partition or of any; undefined while there is no such file. */
  rotBit?(node: string, how: { readonly file: RottingFile; readonly partition: TopicPartition | undefined }): (() => Healable) | undefined;
  slowHandler?(node: string, how: { readonly perPollMs: number }): Healable;
  /** Moves the leadership that the target names to another replica, if one is in sync. */
  moveLeader?(target: Target): void;
  addPartitions?(topic: string, more: number): void;
  /** Moves the node's replica of a partition to its next log directory. */
  moveReplica?(node: string, partition: TopicPartition): void;
}

/** Where the nemesis takes its time from. */
export interface Timeline {
  readonly nowUs: number;
  at(timeUs: number, name: string, fire: () => void): { cancel(): void };
}
