/**
 * The values of the metadata image as plain immutable data: topics here, brokers and partitions where the rules have them.
 * Owns no behaviour; a change makes a new value.
 */
import type { Uuid } from '../../model/uuid.ts';
import type { PartitionRegistration } from '../rules/controller-registration.ts';

export {
  type BrokerEndpoint,
  type BrokerFeature,
  type BrokerRegistration,
  noLeader,
  type PartitionRegistration,
} from '../rules/controller-registration.ts';

export interface TopicImage {
  readonly id: Uuid;
  readonly name: string;
  /** By partition number. */
  readonly partitions: readonly PartitionRegistration[];
}

/** What a config belongs to: ConfigResource.Type's codes. */
export const ConfigResourceType = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const;
export type ConfigResourceType = (typeof ConfigResourceType)[keyof typeof ConfigResourceType];
