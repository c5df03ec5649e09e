/**
 * What is known of a cluster from what its nodes reported: who leads, who is in the ISR, how long each log is, who is fenced.
 * It answers symbolic targets and tells whether the cluster has converged. It judges nothing; that is the checkers' work.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import { offsetsTopic, partitionFor } from '../../kafka/coordinator/group/coordinator.ts';
import type { BrokerId } from '../../model/brand.ts';
import { splitTopicPartition, type TopicPartition, topicPartition } from '../../model/topic-partition.ts';

/** The controller's last word on a partition. */
export interface PartitionView {
  readonly partition: TopicPartition;
  leader: number;
  replicas: readonly BrokerId[];
  isr: readonly BrokerId[];
  /** Eligible leader replicas (KIP-966). */
  elr: readonly BrokerId[];
  /** Log end offset by node id, as last reported. */
  readonly logEnds: Map<number, number>;
  /** Log start offset by node id, where it is not 0. */
  readonly logStarts: Map<number, number>;
  /** High watermark by node id, as last reported since the node's start. */
  readonly highWatermarks: Map<number, number>;
}

/** A consumer group's last generation, as its coordinator reported it. */
export interface GroupView {
  /** Member ids. */
  readonly members: readonly string[];
  readonly leader: string;
}

/** A member id is the client's id, or its group.instance.id, a dash and a uuid. */
const memberSuffix = 37;

export class ClusterView {
  readonly partitions = new Map<TopicPartition, PartitionView>();
  /** Brokers that the controller lets serve. */
  readonly unfenced = new Set<number>();
  /** Nodes whose start-up is over. */
  readonly running = new Set<number>();
  /** By node, the log directories that failed since it was started. */
  readonly failedDirectories = new Map<number, Set<string>>();
  readonly groups = new Map<string, GroupView>();
  readonly #partitionCounts = new Map<string, number>();

  observe(nodeId: number, event: NodeEvent): void {
    switch (event.type) {
      case 'appended':
        this.#of(event.partition).logEnds.set(nodeId, event.last + 1);
        break;
      case 'truncated':
        this.#of(event.partition).logEnds.set(nodeId, event.to);
        break;
      case 'recovered':
        this.#of(event.partition).logEnds.set(nodeId, event.logEnd);
        this.#of(event.partition).logStarts.set(nodeId, event.logStart);
        this.#of(event.partition).highWatermarks.set(nodeId, event.highWatermark);
        break;
      case 'logStart':
        this.#of(event.partition).logStarts.set(nodeId, event.offset);
        break;
      case 'highWatermark':
        this.#of(event.partition).highWatermarks.set(nodeId, event.offset);
        break;
      case 'partitionState': {
        const view = this.#of(event.partition);
        view.leader = event.leader;
        view.replicas = event.replicas;
        view.isr = event.isr;
        view.elr = event.elr;
        const { topic, index } = splitTopicPartition(event.partition);
        if (index >= this.partitionCount(topic)) this.#partitionCounts.set(topic, index + 1);
        break;
      }
      case 'generation':
        this.groups.set(event.group, event);
        break;
      case 'unfenced':
        this.unfenced.add(event.broker);
        break;
      case 'brokerState':
        if (event.fenced) this.unfenced.delete(event.broker);
        else this.unfenced.add(event.broker);
        break;
      case 'registered':
      case 'fenced':
        this.unfenced.delete(event.broker);
        break;
      case 'running':
        this.running.add(nodeId);
        break;
      case 'directoryFailed': {
        const failed = this.failedDirectories.get(nodeId) ?? new Set<string>();
        this.failedDirectories.set(nodeId, failed.add(event.directory));
        break;
      }
      default:
    }
  }

  /** A node is started. */
  began(nodeId: number): void {
    this.failedDirectories.delete(nodeId);
  }

  /** A node's process ended, however it did. */
  ended(nodeId: number): void {
    this.running.delete(nodeId);
    for (const [, view] of this.partitions) view.highWatermarks.delete(nodeId);
  }

  /** A disk of a node was emptied, on which these lay. */
  wiped(nodeId: number, partitions: ReadonlySet<TopicPartition>): void {
    for (const [partition, { logEnds, logStarts }] of this.partitions) {
      if (!partitions.has(partition)) continue;
      logEnds.delete(nodeId);
      logStarts.delete(nodeId);
    }
  }

  /** As far as the controller told; 0 for a topic that it does not have. */
  partitionCount(topic: string): number {
    return this.#partitionCounts.get(topic) ?? 0;
  }

  partitionsOf(topic: string): readonly TopicPartition[] {
    return Array.from({ length: this.partitionCount(topic) }, (_, index) => topicPartition(topic, index));
  }

  /** Who leads it coordinates the group; undefined before there is a topic for that. */
  coordinatorPartition(group: string): TopicPartition | undefined {
    const count = this.partitionCount(offsetsTopic);
    return count === 0 ? undefined : topicPartition(offsetsTopic, partitionFor(group, count));
  }

  /** The partition whose leadership such a target names. */
  leadership(part: { readonly type: string; readonly partition?: TopicPartition; readonly group?: string }): TopicPartition | undefined {
    if (part.type === 'leader') return part.partition;
    return part.type === 'coordinator' && part.group !== undefined ? this.coordinatorPartition(part.group) : undefined;
  }

  /** The client.id, or the group.instance.id, of a member of the group's last generation. */
  memberClient(group: string, choice: 'leader' | number): string | undefined {
    const known = this.groups.get(group);
    const member = choice === 'leader' ? known?.leader : known?.members[choice];
    return member?.slice(0, -memberSuffix);
  }

  logEnd(partition: TopicPartition, nodeId: number): number {
    return this.partitions.get(partition)?.logEnds.get(nodeId) ?? 0;
  }

  /** The node id of the leader; -1 without one. */
  leader(partition: TopicPartition): number {
    return this.partitions.get(partition)?.leader ?? -1;
  }

  /** The node id of the follower whose log is shortest or longest, or of the n-th of the replica list without the leader; -1 for none. */
  follower(partition: TopicPartition, choice: 'slowest' | 'fastest' | number): number {
    const view = this.partitions.get(partition);
    if (view === undefined) return -1;
    const followers: readonly number[] = view.replicas.filter((replica) => replica !== view.leader);
    if (typeof choice === 'number') return followers[choice] ?? -1;
    const sign = choice === 'slowest' ? 1 : -1;
    let chosen = -1;
    for (const follower of followers) {
      const ahead = sign * (this.logEnd(partition, follower) - this.logEnd(partition, chosen));
      if (chosen < 0 || ahead < 0) chosen = follower;
    }
    return chosen;
  }

  /** A follower in the ISR lacks what the event names. */
  isUnreplicated(partition: TopicPartition, event: NodeEvent): boolean {
    if (event.type !== 'appended' && event.type !== 'acknowledged') return false;
    const view = this.partitions.get(partition);
    return view?.isr.some((replica) => replica !== view.leader && this.logEnd(partition, replica) <= event.last) ?? false;
  }

  /**
   * Why this partition is not whole yet, or undefined when it is: led, all replicas in the ISR with the same log end, everything committed.
   * A follower's own high watermark may lag for as long as nothing new is written: after a divergence its fetch session has nothing to tell.
   */
  unsettled(partition: TopicPartition): string | undefined {
    const view = this.partitions.get(partition);
    if (view === undefined) return `${partition} does not exist`;
    if (view.leader < 0) return `${partition} has no leader`;
    if (view.isr.length < view.replicas.length) return `${partition} has the ISR ${view.isr.join(',')} of replicas ${view.replicas.join(',')}`;
    const end = this.logEnd(partition, view.leader);
    for (const replica of view.replicas)
      if (this.logEnd(partition, replica) !== end)
        return `${partition} ends at ${this.logEnd(partition, replica)} on broker ${replica} and at ${end} on its leader ${view.leader}`;
    const highWatermark = view.highWatermarks.get(view.leader) ?? 0;
    return highWatermark === end ? undefined : `${partition} is committed to ${highWatermark} of ${end} on its leader ${view.leader}`;
  }

  #of(partition: TopicPartition): PartitionView {
    const known = this.partitions.get(partition);
    if (known !== undefined) return known;
    const view: PartitionView = {
      partition,
      leader: -1,
      replicas: [],
      isr: [],
      elr: [],
      logEnds: new Map(),
      logStarts: new Map(),
      highWatermarks: new Map(),
    };
    this.partitions.set(partition, view);
    return view;
  }
}
