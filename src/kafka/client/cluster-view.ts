/**
 * What a client knows of the cluster, and its connections to it: one channel a broker, the leader and epoch of each partition of the
 * topics it wants. Owns when metadata is asked for (on demand, on age, with back-off) and what news is believed (KIP-320, KIP-951).
 * Does not retry anyone's request. As Kafka's Metadata and the metadata half of NetworkClient. Lane: requests.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { invariant } from '../../model/invariant.ts';
import { type Uuid, zeroUuid } from '../../model/uuid.ts';
import { apis } from '../../protocol/apis.ts';
import type { MetadataResponse } from '../../protocol/messages/metadata.ts';
import { Channel } from '../rpc/channel.ts';
import type { ConnectionConfig } from './config.ts';
import type { ClientRules } from './rules.ts';

export interface PartitionView {
  readonly topic: string;
  readonly index: number;
  /** -1 for none. */
  readonly leader: number;
  /** -1 when unknown. */
  readonly leaderEpoch: number;
  readonly error: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

export interface TopicView {
  readonly name: string;
  /** zeroUuid when unknown. */
  readonly id: Uuid;
  readonly error: number;
  /** By index. */
  readonly partitions: readonly PartitionView[];
}

export interface NodeView {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface ClusterViewOptions {
  /** Stable over runs; keys timers and randomness. */
  readonly name: string;
  /** A connection with this many unanswered requests takes no more; Kafka's NetworkClient has 100 for a consumer and 1 for an admin client. */
  readonly maxInFlight: number;
  /** Whether asking for a topic may create it. */
  readonly allowAutoTopicCreation: boolean;
  /** New metadata was taken in; also after an answer that changed nothing. */
  readonly updated?: () => void;
  /** The channel to a node became ready or broke. */
  readonly channelChanged?: (nodeId: number) => void;
}

export class ClusterView {
  readonly #world: World;
  readonly #config: ConnectionConfig;
  readonly #rules: ClientRules;
  readonly #options: ClusterViewOptions;
  readonly #wanted = new Set<string>();
  readonly #topics = new Map<string, TopicView>();
  readonly #topicNames = new Map<Uuid, string>();
  readonly #nodes = new Map<number, NodeView>();
  readonly #channels = new Map<number, Channel>();
  #controllerId = -1;
  #needed = false;
  #asking = false;
  #closed = false;
  #failures = 0;
  /** Answers in a row that changed nothing. */
  #fruitless = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #updatedAtMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(world: World, config: ConnectionConfig, rules: ClientRules, options: ClusterViewOptions) {
    this.#world = world;
    this.#config = config;
    this.#rules = rules;
    this.#options = options;
  }

  /** Keeps a topic's leaders known from now on. */
  want(topic: string): void {
    if (this.#wanted.has(topic)) return;
    this.#wanted.add(topic);
    this.requestUpdate();
  }

  unwant(topic: string): void {
    this.#wanted.delete(topic);
    const id = this.#topics.get(topic)?.id;
    if (id !== undefined) this.#topicNames.delete(id);
    this.#topics.delete(topic);
  }

  topic(name: string): TopicView | undefined {
    return this.#topics.get(name);
  }

  topicName(id: Uuid): string | undefined {
    return this.#topicNames.get(id);
  }

  partition(topic: string, index: number): PartitionView | undefined {
    return this.#topics.get(topic)?.partitions[index];
  }

  /** The brokers of the last metadata; none before the first. */
  get nodes(): readonly NodeView[] {
    return [...this.#nodes.values()];
  }

  /** Whether metadata was ever received. */
  get known(): boolean {
    return this.#updatedAtMs !== Number.NEGATIVE_INFINITY;
  }

  /** The connection to a broker, made on first use; undefined for one that the metadata does not name. */
  channel(nodeId: number): Channel | undefined {
    const open = this.#channels.get(nodeId);
    if (open !== undefined) return open;
    const node = this.#nodes.get(nodeId);
    return node === undefined || this.#closed ? undefined : this.#open(node);
  }

  /** Who answers for the controller; undefined while nobody is known to. */
  controller(): Channel | undefined {
    return this.channel(this.#controllerId);
  }

  /**
   * The connection that is likely to answer first (NetworkClient.leastLoadedNode): ready and idle, else ready, else on its way, else any
   * that may be made now. When no known broker can be tried the bootstrap servers stand in (KIP-899).
   */
  leastLoaded(): Channel {
    const known = [...this.#nodes.keys()];
    const best = this.#best(known);
    if (best !== undefined && this.#cost(best) < unavailable) return best;
    for (let index = 0; index < this.#config.bootstrapServers.length; index++) {
      const server = this.#config.bootstrapServers[index];
      if (server !== undefined && !this.#channels.has(-1 - index)) this.#open({ ...server, id: -1 - index });
    }
    const bootstrap = this.#best([...this.#channels.keys()].filter((id) => id < 0));
    if (bootstrap !== undefined && (best === undefined || this.#cost(bootstrap) < this.#cost(best))) return bootstrap;
    invariant(best !== undefined, 'a client has a bootstrap server');
    return best;
  }

  /** Asks for metadata as soon as the back-off allows. */
  requestUpdate(): void {
    this.#needed = true;
    this.#poke();
  }

  /** What an answer said of a new leader (KIP-951). True when it was news. */
  learned(topic: string, index: number, leader: number, leaderEpoch: number, endpoints: readonly NodeView[]): boolean {
    const known = this.#topics.get(topic);
    const partition = known?.partitions[index];
    if (known === undefined || partition === undefined || leader < 0 || !this.#rules.newerLeader(partition.leaderEpoch, leaderEpoch)) return false;
    const node = endpoints.find((endpoint) => endpoint.id === leader);
    if (node !== undefined) this.#setNode(node);
    if (!this.#nodes.has(leader)) return false;
    const partitions = [...known.partitions];
    partitions[index] = { ...partition, leader, leaderEpoch, error: ErrorCode.NONE };
    this.#topics.set(topic, { ...known, partitions });
    return true;
  }

  /** Closes all connections; nothing is asked or told any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  #poke(): void {
    if (this.#asking || this.#closed) return;
    const nowMs = this.#world.clock.monotonicMs();
    const dueMs = this.#needed ? nowMs : this.#updatedAtMs + this.#config.metadataMaxAgeMs;
    const atMs = Math.max(dueMs, this.#allowedAtMs());
    if (atMs <= nowMs) {
      this.#ask();
      return;
    }
    if (this.#timerAtMs === atMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#world.clock.after(`${this.#options.name} metadata`, atMs - nowMs, () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#world.on('requests', () => this.#poke());
    });
  }

  /** Failures, and answers that bring nothing new, are followed by longer and longer waits (Metadata.timeToAllowUpdate). */
  #allowedAtMs(): number {
    if (this.#askedAtMs === Number.NEGATIVE_INFINITY) return this.#askedAtMs;
    const attempt = Math.max(this.#failures, this.#fruitless, 1) - 1;
    const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
    return this.#askedAtMs + this.#rules.backoffMs(backoff, attempt, this.#draw);
  }

  /** One draw an attempt: the moment allowed must not move while it is waited for. */
  #draw = 0;

  #ask(): void {
    this.#asking = true;
    this.#needed = false;
    this.#askedAtMs = this.#world.clock.monotonicMs();
    this.#draw = this.#world.random.uint32(`${this.#options.name} metadata`);
    const topics = [...this.#wanted].map((name) => ({ name }));
    const body = { topics, allowAutoTopicCreation: this.#options.allowAutoTopicCreation };
    this.leastLoaded().send(apis.metadata, body, (result) => {
      if (this.#closed) return;
      this.#asking = false;
      if (result.ok && result.value.errorCode === ErrorCode.NONE && result.value.brokers.length > 0) this.#take(result.value, topics.length);
      else {
        this.#failures++;
        this.#needed = true;
        this.#poke();
      }
    });
  }

  #take(response: MetadataResponse, asked: number): void {
    this.#updatedAtMs = this.#world.clock.monotonicMs();
    this.#failures = 0;
    let changed = this.#controllerId !== response.controllerId || this.#nodes.size !== response.brokers.length;
    this.#controllerId = response.controllerId;
    const ids = new Set<number>();
    for (const { nodeId, host, port } of response.brokers) {
      ids.add(nodeId);
      if (this.#setNode({ id: nodeId, host, port })) changed = true;
    }
    for (const id of [...this.#nodes.keys()]) if (!ids.has(id)) this.#nodes.delete(id);
    for (const topic of response.topics) if (this.#takeTopic(topic)) changed = true;
    this.#fruitless = changed ? 0 : this.#fruitless + 1;
    for (const [id, channel] of [...this.#channels]) {
      if (id >= 0 || channel.pending > 0) continue;
      channel.close();
      this.#channels.delete(id);
    }
    // Topics that came to be wanted meanwhile, and those without a leader, are asked for again.
    if (this.#wanted.size !== asked || this.#incomplete()) this.#needed = true;
    this.#poke();
    this.#options.updated?.();
  }

  #incomplete(): boolean {
    for (const name of this.#wanted) {
      const topic = this.#topics.get(name);
      if (topic === undefined || this.#rules.refreshMetadata(topic.error)) return true;
      for (const partition of topic.partitions) if (this.#rules.refreshMetadata(partition.error)) return true;
    }
    return false;
  }

  /** True when something changed. Older news of a partition than what is known is not believed, unless the topic is another one. */
  #takeTopic(topic: MetadataResponse['topics'][number]): boolean {
    const { name } = topic;
    if (name === null || !this.#wanted.has(name)) return false;
    const known = this.#topics.get(name);
    const sameTopic = known !== undefined && (known.id === topic.topicId || topic.topicId === zeroUuid || known.id === zeroUuid);
    const partitions: PartitionView[] = topic.partitions.map((_, index) => ({ ...untold, topic: name, index }));
    let changed = known === undefined || known.error !== topic.errorCode || known.partitions.length !== topic.partitions.length || !sameTopic;
    for (const told of topic.partitions) {
      if (told.partitionIndex < 0 || told.partitionIndex >= partitions.length) continue;
      const before = sameTopic ? known.partitions[told.partitionIndex] : undefined;
      const older = before !== undefined && this.#rules.newerLeader(told.leaderEpoch, before.leaderEpoch) && told.leaderEpoch >= 0;
      const next: PartitionView = older
        ? before
        : {
            topic: name,
            index: told.partitionIndex,
            leader: told.leaderId,
            leaderEpoch: told.leaderEpoch,
            error: told.errorCode,
            replicas: told.replicaNodes,
            isr: told.isrNodes,
          };
      if (before === undefined || before.leader !== next.leader || before.leaderEpoch !== next.leaderEpoch || before.error !== next.error)
        changed = true;
      partitions[told.partitionIndex] = next;
    }
    if (known !== undefined) this.#topicNames.delete(known.id);
    if (topic.topicId !== zeroUuid) this.#topicNames.set(topic.topicId, name);
    this.#topics.set(name, { name, id: topic.topicId, error: topic.errorCode, partitions });
    return changed;
  }

  /** True when the node is new or moved. */
  #setNode(node: NodeView): boolean {
    const before = this.#nodes.get(node.id);
    if (before !== undefined && before.host === node.host && before.port === node.port) return false;
    this.#nodes.set(node.id, node);
    this.#channels.get(node.id)?.close();
    this.#channels.delete(node.id);
    return true;
  }

  #open(node: NodeView): Channel {
    const config = this.#config;
    const channel: Channel = new Channel(this.#world, {
      clientId: config.clientId,
      host: node.host,
      port: node.port,
      lane: 'requests',
      requestTimeoutMs: config.requestTimeoutMs,
      connectTimeoutMs: config.socketConnectionSetupTimeoutMs,
      connectTimeoutMaxMs: config.socketConnectionSetupTimeoutMaxMs,
      reconnectBackoff: { initialMs: config.reconnectBackoffMs, maxMs: config.reconnectBackoffMaxMs },
      name: `${this.#options.name} to ${node.id}`,
      stateChanged: (state) => {
        if (this.#closed || this.#channels.get(node.id) !== channel) return;
        // A broker that went away may have lost its leaderships (NetworkClient.processDisconnection).
        if (state === 'disconnected' && node.id >= 0 && this.#wanted.size > 0) this.requestUpdate();
        if (state === 'disconnected' || state === 'ready') this.#options.channelChanged?.(node.id);
      },
    });
    this.#channels.set(node.id, channel);
    return channel;
  }

  /** The cheapest of these nodes; ties go to the first from a drawn start, so that clients spread. */
  #best(ids: readonly number[]): Channel | undefined {
    if (ids.length === 0) return undefined;
    const start = this.#world.random.uint32(`${this.#options.name} least loaded`) % ids.length;
    let best: Channel | undefined;
    for (let step = 0; step < ids.length; step++) {
      const id = ids[(start + step) % ids.length] ?? -1;
      const channel = this.#channels.get(id) ?? this.channel(id);
      if (channel !== undefined && (best === undefined || this.#cost(channel) < this.#cost(best))) best = channel;
    }
    return best;
  }

  /** What it takes until this channel answers; the lower the better. */
  #cost(channel: Channel): number {
    if (channel.state === 'ready') return channel.pending < this.#options.maxInFlight ? channel.pending : crowded + channel.pending;
    if (channel.state === 'connecting' || channel.state === 'negotiating') return onItsWay + channel.pending;
    const waitMs = channel.reconnectAtMs - this.#world.clock.monotonicMs();
    return waitMs <= 0 ? canConnect : unavailable + waitMs;
  }
}

/** A partition that metadata left out although others with higher indexes are there. */
const untold = { leader: -1, leaderEpoch: -1, error: ErrorCode.LEADER_NOT_AVAILABLE, replicas: [], isr: [] };
const onItsWay = 1e6;
const canConnect = 1e7;
const crowded = 5e7;
const unavailable = 1e8;
