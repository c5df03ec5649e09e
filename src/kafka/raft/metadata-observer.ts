/**
 * A broker's view of the metadata log: fetches `__cluster_metadata-0` from the controller, applies committed batches in order and tells
 * its listener. It never votes, never exposes what is not committed, and outlives controllers: it reconnects with back-off.
 */

import type { World } from '../../io/world.ts';
import type { BrokerId, LeaderEpoch, Offset } from '../../model/brand.ts';
import type { MetadataDelta, MetadataImage } from '../metadata/metadata-image.ts';

export interface MetadataObserverOptions {
  /** The broker's own id, sent as the replica id of its fetches. */
  readonly nodeId: BrokerId;
  readonly clusterId: string;
  readonly controllers: readonly { readonly id: BrokerId; readonly host: string; readonly port: number }[];
}

export interface MetadataObserverListener {
  /** The image moved on; `delta` says how. In the lane `raft`. */
  applied(image: MetadataImage, delta: MetadataDelta): void;
  /** The active controller became known or changed; undefined while none is known. */
  controllerChanged(controller: { readonly id: BrokerId; readonly host: string; readonly port: number } | undefined, epoch: LeaderEpoch): void;
}

export declare class MetadataObserver {
  constructor(world: World, options: MetadataObserverOptions, listener: MetadataObserverListener);
  readonly image: MetadataImage;
  /** The end of what was applied: the offset to fetch next. */
  get endOffset(): Offset;
  /** The committed end of the log as the controller told it last; -1 before the first answer. Caught up when endOffset reaches it. */
  get highWatermark(): Offset;
  start(): void;
  close(): void;
}
