/**
 * What the oracle knows of hosts, partitions and replicas: plain, mutable records that the checks of this folder read and keep up to date.
 * Owns their shape and the few questions that all checks ask; judging is the checks'.
 */
import type { BrokerId } from '../../../model/brand.ts';
import type { TopicPartition } from '../../../model/topic-partition.ts';
import { Committed } from './committed.ts';
import type { CompactedHistory } from './compacted.ts';
import { Ledger } from './ledger.ts';
import { ReplicaLog } from './replica-log.ts';

/** A machine with a broker on it. */
export class HostView {
  readonly id: number;
  /** A node runs on it. */
  up = true;
  /**
   * It runs and has been admitted since it last started: from here on the controller may rely on its logs. Before that a restarted broker
   * may stand in an ISR that it no longer deserves; Kafka removes it when it registers, and it cannot be elected while it is fenced.
   */
  admitted = true;
  /** The controller has it as it runs now: what it heard of the broker before its last start may reach a paused controller late. */
  registered = true;
  /** How often it was registered. */
  registrations = 0;
  /** As the controller has it; undefined while it never said. */
  fenced: boolean | undefined;
  readonly replicas: { readonly partition: PartitionView; readonly replica: ReplicaView }[] = [];

  constructor(id: number) {
    this.id = id;
  }
}

/** How a replica's host went down since the log was last known. */
export type DownAs = 'none' | 'stop' | 'process' | 'power';

export class ReplicaView {
  readonly host: HostView;
  log = new ReplicaLog();
  /** The contents are known; false from a crash to the recovery. */
  known = true;
  downAs: DownAs = 'none';
  /** Everything below is durable, as the node said. */
  syncedTo = 0;
  /** As this replica has it, -1 while unknown. */
  highWatermark = -1;
  role: 'leader' | 'follower' | 'none' = 'none';
  /** The leader epoch that the replica follows or leads in, -1 for none yet. It outlives a crash. */
  roleEpoch = -1;
  /** The largest log end in this epoch: no fetch in it can have told the leader more. It outlives a crash, as the leader's memory does. */
  peak = 0;
  /** The same for the epoch before. */
  previousEpoch = -1;
  previousPeak = 0;
  /** While it leads: the first epoch since which it leads without a break. Over such a break it forgets its followers' log ends. */
  leadsSince = -1;
  /** The high watermark that it told last as leader of this epoch, -1 before. */
  exposed = -1;
  /** The high watermark with which it began since it was opened: a replica tells of it only when it moves. */
  openedWith = 0;
  /** While it leads: its high watermark when it appended last. Whoever fetches that batch is told at least this. */
  exposedAtAppend = -1;
  /** While it follows: the high watermark that came with the batch it appended last, at least; -1 where nobody knows. */
  toldAtAppend = -1;
  /** The largest high watermark that it had as a leader with a maximal ISR of min ISR or more, -1 before any since its start. */
  coveredTo = -1;
  /** The leader epoch for which the lists below were told. */
  isrEpoch = -1;
  isr: readonly BrokerId[] = [];
  maximalIsr: readonly BrokerId[] = [];
  minIsr = 1;
  /** What it holds belongs to a deleted topic of the same name, until it is removed. */
  stray = false;
  /** The count of its host's registrations when a leader last proposed it for the ISR: the incarnation that had caught up. */
  proposedAs = 0;
  /** What is stored of it rots: whatever of it does not come back after a start is as lost as by a power loss. */
  damaged = false;
  /** It was in ISR or ELR when it went down. */
  memberWhenDown = false;
  /** It lost power while it counted, and is not back in the ISR. */
  lossy = false;
  /** It went down without a clean stop while it counted, and is not back in the ISR. */
  unclean = false;

  constructor(host: HostView) {
    this.host = host;
  }

  /** Its log can be judged. */
  get readable(): boolean {
    return this.known && this.host.up;
  }
}

/** The partition as the controller committed it last. */
export interface ControllerView {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
  readonly elr: readonly BrokerId[];
  readonly minIsr: number;
}

/** Committed offsets that are gone: [from, to), empty while only a leader of the given-up history could add to it. Without a reason it is a finding. */
export interface Loss {
  readonly from: number;
  readonly to: number;
  readonly reason: string | undefined;
}

export class PartitionView {
  readonly name: TopicPartition;
  readonly replicas: ReplicaView[] = [];
  ledger = new Ledger();
  committed = new Committed();
  /** What was written to a topic that is compacted; undefined for others. */
  compacted: CompactedHistory | undefined;
  /** Undefined before the controller told of it. */
  controller: ControllerView | undefined;
  /** The smallest min ISR under which records were committed. */
  lowestMinIsr = Number.POSITIVE_INFINITY;
  /** A permitted unclean election whose leader has not taken over yet: whatever it lacks is excused. */
  uncleanElection: string | undefined;
  /** At least lowestMinIsr replicas lost power before they were back in the ISR: what was committed below `excusedBelow` may be gone. */
  toleranceExceeded: string | undefined;
  excusedBelow = 0;
  losses: Loss[] = [];
  /** When a leader's log start was larger than that of any before. */
  deletions: { readonly below: number; readonly timeUs: number }[] = [];
  /** A history was given up when this leader epoch began; who still acts in an older one lives in what is gone. */
  rebasedAt = -1;
  /** A replica that is assigned removed its log since the controller last told of the partition: the topic is deleted. */
  removalSeen = false;

  constructor(name: TopicPartition, compacted: CompactedHistory | undefined) {
    this.name = name;
    this.compacted = compacted;
  }

  /** A leader's log starts here. */
  deleted(below: number, timeUs: number): void {
    if (below <= this.ledger.deletedBelow) return;
    this.deletions.push({ below, timeUs });
    this.ledger.deletedBelow = below;
    this.committed.deletedBelow = below;
  }

  replica(hostId: number): ReplicaView | undefined {
    for (const replica of this.replicas) if (replica.host.id === hostId) return replica;
    return undefined;
  }

  /** In the ISR or the ELR as the controller has them: it may become leader, so that it must hold all that is committed. */
  isCandidate(hostId: number): boolean {
    const controller = this.controller;
    return controller !== undefined && (includes(controller.isr, hostId) || includes(controller.elr, hostId));
  }
}

/** Whether a list of ids, short as an ISR is, has this one. */
export function includes(ids: readonly number[], id: number): boolean {
  for (const other of ids) if (other === id) return true;
  return false;
}

export const showIds = (ids: readonly number[]): string => `{${ids.join(', ')}}`;
