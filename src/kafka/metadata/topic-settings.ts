/**
 * The settings of a topic on which controller and brokers must agree: an override of the topic, else the cluster's dynamic config, else
 * what the node itself was configured with. Owns the order in which they count; the values are the image's.
 */
import type { MetadataImage } from './metadata-image.ts';
import type { PartitionRegistration } from './registration.ts';

export const minInsyncReplicasKey = 'min.insync.replicas';
export const uncleanElectionKey = 'unclean.leader.election.enable';

/** min.insync.replicas of a topic as configured, at least 1. */
export function minInsyncReplicas(image: MetadataImage, topic: string, nodeDefault: number): number {
  const text = image.topicConfig(topic).get(minInsyncReplicasKey) ?? image.clusterConfig().get(minInsyncReplicasKey);
  return text === undefined ? nodeDefault : Number(text);
}

/** What acks=all and eligibility go by: never more than there are replicas (KIP-966). */
export const effectiveMinIsr = (image: MetadataImage, partition: PartitionRegistration, nodeDefault: number): number =>
  Math.min(minInsyncReplicas(image, partition.topic, nodeDefault), partition.replicas.length);

/** unclean.leader.election.enable of a topic. */
export function uncleanElectionEnabled(image: MetadataImage, topic: string, nodeDefault: boolean): boolean {
  const text = image.topicConfig(topic).get(uncleanElectionKey) ?? image.clusterConfig().get(uncleanElectionKey);
  return text === undefined ? nodeDefault : text === 'true';
}
