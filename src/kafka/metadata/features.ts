/**
 * The feature levels of a cluster of Apache Kafka 4.3: what its nodes support, and what a new cluster is finalized at.
 * Source: Feature and MetadataVersion of server-common, each with its bootstrap level for metadata.version 4.3-IV0.
 */
import type { MetadataImage } from './metadata-image.ts';

export interface SupportedFeature {
  readonly name: string;
  readonly minSupportedVersion: number;
  readonly maxSupportedVersion: number;
  /** The level at which a new cluster starts. */
  readonly bootstrapLevel: number;
}

/** metadata.version 4.3-IV0, whose record versions this cluster writes. */
export const metadataVersionLevel = 30;

export const supportedFeatures: readonly SupportedFeature[] = [
  { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: metadataVersionLevel, bootstrapLevel: metadataVersionLevel },
  { name: 'transaction.version', minSupportedVersion: 0, maxSupportedVersion: 2, bootstrapLevel: 2 },
  { name: 'group.version', minSupportedVersion: 0, maxSupportedVersion: 1, bootstrapLevel: 1 },
  { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1, bootstrapLevel: 1 },
  { name: 'share.version', minSupportedVersion: 0, maxSupportedVersion: 1, bootstrapLevel: 1 },
  { name: 'streams.version', minSupportedVersion: 0, maxSupportedVersion: 1, bootstrapLevel: 1 },
];

/** KIP-966: the controller keeps eligible leader replicas, and an ISR may become empty. */
export const elrEnabled = (image: MetadataImage): boolean => (image.features.get('eligible.leader.replicas.version') ?? 0) >= 1;
