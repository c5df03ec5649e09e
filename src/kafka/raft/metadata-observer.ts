/**
 * A broker's view of the metadata log: fetches `__cluster_metadata-0` from the active controller, applies committed batches in order and
 * tells its listener. It never votes and never exposes what is not committed; it outlives controllers, finding the next one by the epoch
 * and address in their answers, else by asking those it was configured with in turn. Owns the image of its node. It keeps no log of its
 * own: after a start it fetches from the beginning. Source: KafkaRaftClient (Unattached, Follower) and MetadataLoader.
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { type BrokerId, brokerId, type LeaderEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { invariant } from '../../model/invariant.ts';
import type { Result } from '../../model/result.ts';
import { metadataTopicId } from '../../model/uuid.ts';
import { apis } from '../../protocol/apis.ts';
import type { FetchRequestInput, FetchResponse } from '../../protocol/messages/fetch.ts';
import { type MetadataBatch, type MetadataDelta, MetadataImage } from '../metadata/metadata-image.ts';
import { Channel, type RpcError } from '../rpc/channel.ts';
import { decodeMetadataBatches } from './metadata-batch.ts';

export interface ControllerAddress {
  /** -1 where only the address is known. */
  readonly id: BrokerId;
  readonly host: string;
  readonly port: number;
}

export interface MetadataObserverOptions {
  /** The broker's own id, sent as the replica id of its fetches. */
  readonly nodeId: BrokerId;
  readonly clusterId: string;
  /** At least one; asked in turn while no leader is known. */
  readonly controllers: readonly ControllerAddress[];
}

/** Called in the lane `raft`. */
export interface MetadataObserverListener {
  /** The image moved on; `delta` says how. */
  applied(image: MetadataImage, delta: MetadataDelta): void;
  /** The active controller became known or changed; undefined while none is known. */
  controllerChanged(controller: ControllerAddress | undefined, epoch: LeaderEpoch): void;
}

/** controller.quorum.fetch.timeout.ms: without an answer for so long, another controller is asked. */
const requestTimeoutMs = 2000;
/** controller.quorum.retry.backoff.ms. */
const retryBackoffMs = 20;
const maxWaitMs = 500;
const maxBytes = 8 * 1024 * 1024;
const connectTimeoutMs = 2000;

export class MetadataObserver {
  readonly image = new MetadataImage();
  readonly #world: World;
  readonly #options: MetadataObserverOptions;
  readonly #listener: MetadataObserverListener;
  readonly #name: string;
  #channel: Channel | undefined;
  /** Who is asked now. */
  #target: ControllerAddress;
  #nextBootstrap = 0;
  #controller: ControllerAddress | undefined;
  #epoch = leaderEpoch(0);
  #highWatermark = offset(-1);
  /** Fetched and not yet committed, behind the image. */
  #uncommitted: MetadataBatch[] = [];
  #retry: Timer | undefined;
  #closed = false;

  constructor(world: World, options: MetadataObserverOptions, listener: MetadataObserverListener) {
    this.#world = world;
    this.#options = options;
    this.#listener = listener;
    this.#name = `metadata observer ${options.nodeId}`;
    this.#target = this.#bootstrap();
  }

  /** Behind what was applied: what the broker reports as its metadata offset is one less. */
  get endOffset(): Offset {
    return offset(this.image.offset + 1);
  }

  /** The committed end of the log as a controller told it last; -1 before the first answer. Caught up when endOffset reaches it. */
  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  /** The active controller as far as it is known. */
  get controller(): ControllerAddress | undefined {
    return this.#controller;
  }

  start(): void {
    this.#world.on('raft', () => this.#fetch());
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#channel?.close();
  }

  #bootstrap(): ControllerAddress {
    const { controllers } = this.#options;
    const next = controllers[this.#nextBootstrap % controllers.length];
    invariant(next !== undefined, 'an observer knows a controller');
    this.#nextBootstrap++;
    return next;
  }

  #fetch(): void {
    if (this.#closed) return;
    this.#channel ??= new Channel(this.#world, {
      clientId: `broker-${this.#options.nodeId}-raft-observer`,
      host: this.#target.host,
      port: this.#target.port,
      lane: 'raft',
      requestTimeoutMs,
      connectTimeoutMs,
      name: this.#name,
    });
    const channel = this.#channel;
    channel.send(
      apis.fetch,
      (version) => this.#request(version),
      (result) => {
        // An answer of a controller that was left behind in the meantime says nothing any more.
        if (channel === this.#channel) this.#answered(result);
      },
    );
  }

  #request(version: number): FetchRequestInput {
    const last = this.#uncommitted.at(-1);
    const fetchOffset = last === undefined ? this.endOffset : offset(last.last + 1);
    const { nodeId, clusterId } = this.#options;
    return {
      clusterId,
      replicaId: version >= 15 ? -1 : nodeId,
      replicaState: { replicaId: version >= 15 ? nodeId : -1, replicaEpoch: -1 },
      maxWaitMs,
      minBytes: 1,
      maxBytes,
      topics: [
        {
          topic: '__cluster_metadata',
          topicId: metadataTopicId,
          partitions: [
            {
              partition: 0,
              currentLeaderEpoch: this.#epoch,
              fetchOffset,
              lastFetchedEpoch: Math.max(last?.epoch ?? this.image.epoch, 0),
              partitionMaxBytes: maxBytes,
            },
          ],
        },
      ],
      forgottenTopicsData: [],
    };
  }

  #answered(result: Result<FetchResponse, RpcError>): void {
    if (this.#closed) return;
    if (!result.ok) {
      this.#lostController();
      return;
    }
    const partition = result.value.responses[0]?.partitions[0];
    if (result.value.errorCode !== ErrorCode.NONE || partition === undefined) {
      this.#lostController();
      return;
    }
    const { leaderId, leaderEpoch: epoch } = partition.currentLeader;
    const endpoint = result.value.nodeEndpoints.find((node) => node.nodeId === leaderId);
    const moved = this.#follow(leaderId, epoch, endpoint);
    if (partition.errorCode !== ErrorCode.NONE) {
      // Old or unknown epoch: the answer has told the current one, so ask again at once if that was news.
      if (moved) this.#fetch();
      else this.#later();
      return;
    }
    if (partition.divergingEpoch.endOffset >= 0) this.#truncate(offset(partition.divergingEpoch.endOffset));
    else if (partition.records !== null && !this.#take(partition.records)) {
      this.#lostController();
      return;
    }
    if (partition.highWatermark > this.#highWatermark) this.#highWatermark = offset(partition.highWatermark);
    this.#apply();
    this.#fetch();
  }

  /** Takes note of a newer epoch and its leader; true when either was news. */
  #follow(leaderId: number, epoch: number, endpoint: { readonly host: string; readonly port: number } | undefined): boolean {
    if (epoch < this.#epoch || leaderId < 0) return false;
    const known = epoch === this.#epoch && this.#controller?.id === leaderId;
    if (known) return false;
    this.#epoch = leaderEpoch(epoch);
    const configured = this.#options.controllers.find((controller) => controller.id === leaderId);
    // A controller that listens on every interface cannot name one: then it is where it was found.
    const address = endpoint === undefined || endpoint.host === '' ? (configured ?? this.#target) : endpoint;
    this.#controller = { id: brokerId(leaderId), host: address.host, port: address.port };
    if (address.host !== this.#target.host || address.port !== this.#target.port) this.#turnTo(this.#controller);
    this.#listener.controllerChanged(this.#controller, this.#epoch);
    return true;
  }

  /** False when the bytes are no metadata. */
  #take(records: Uint8Array): boolean {
    const batches = decodeMetadataBatches(records);
    if (!batches.ok) return false;
    for (const batch of batches.value) {
      const last = this.#uncommitted.at(-1);
      const next = last === undefined ? this.endOffset : last.last + 1;
      // An answer begins with the batch that holds the offset asked for, never before one that is applied.
      if (batch.base !== next) return false;
      this.#uncommitted.push(batch);
    }
    return true;
  }

  #truncate(endOffset: Offset): void {
    invariant(endOffset >= this.endOffset, 'what was committed to the metadata log is never taken back', endOffset, this.endOffset);
    this.#uncommitted = this.#uncommitted.filter((batch) => batch.last < endOffset);
  }

  #apply(): void {
    let batch = this.#uncommitted[0];
    while (batch !== undefined && batch.last < this.#highWatermark) {
      this.#uncommitted.shift();
      const delta = this.image.apply(batch);
      this.#listener.applied(this.image, delta);
      batch = this.#uncommitted[0];
    }
  }

  #lostController(): void {
    if (this.#controller !== undefined) {
      this.#controller = undefined;
      this.#listener.controllerChanged(undefined, this.#epoch);
    }
    this.#turnTo(this.#bootstrap());
    this.#later();
  }

  #turnTo(target: ControllerAddress): void {
    if (target.host === this.#target.host && target.port === this.#target.port && this.#channel?.state !== 'closed') return;
    this.#target = target;
    this.#channel?.close();
    this.#channel = undefined;
  }

  #later(): void {
    this.#retry?.cancel();
    this.#retry = this.#world.clock.after(`${this.#name} retry`, retryBackoffMs, () => this.#world.on('raft', () => this.#fetch()));
  }
}
