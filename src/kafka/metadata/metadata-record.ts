/**
 * The records of the metadata log as one union, and their form as record values (KRaft's MetadataRecordSerde): uvarint frame version 1,
 * uvarint record type, uvarint record version, message. Versions are those that metadata.version 4.3-IV0 writes.
 * Owns the union and the codec; what a record means is the image's.
 */
import type { Result } from '../../model/result.ts';
import type { BrokerRegistrationChangeRecord } from '../../protocol/messages/metadata/broker-registration-change-record.ts';
import type { ClearElrRecord } from '../../protocol/messages/metadata/clear-elr-record.ts';
import type { ConfigRecord } from '../../protocol/messages/metadata/config-record.ts';
import type { FeatureLevelRecord } from '../../protocol/messages/metadata/feature-level-record.ts';
import type { FenceBrokerRecord } from '../../protocol/messages/metadata/fence-broker-record.ts';
import type { NoOpRecord } from '../../protocol/messages/metadata/no-op-record.ts';
import type { PartitionChangeRecord } from '../../protocol/messages/metadata/partition-change-record.ts';
import type { PartitionRecord } from '../../protocol/messages/metadata/partition-record.ts';
import type { ProducerIdsRecord } from '../../protocol/messages/metadata/producer-ids-record.ts';
import type { RegisterBrokerRecord } from '../../protocol/messages/metadata/register-broker-record.ts';
import type { RegisterControllerRecord } from '../../protocol/messages/metadata/register-controller-record.ts';
import type { RemoveTopicRecord } from '../../protocol/messages/metadata/remove-topic-record.ts';
import type { TopicRecord } from '../../protocol/messages/metadata/topic-record.ts';
import type { UnfenceBrokerRecord } from '../../protocol/messages/metadata/unfence-broker-record.ts';
import type { UnregisterBrokerRecord } from '../../protocol/messages/metadata/unregister-broker-record.ts';

export type MetadataRecord =
  | { readonly type: 'registerBroker'; readonly value: RegisterBrokerRecord }
  | { readonly type: 'unregisterBroker'; readonly value: UnregisterBrokerRecord }
  | { readonly type: 'topic'; readonly value: TopicRecord }
  | { readonly type: 'partition'; readonly value: PartitionRecord }
  | { readonly type: 'config'; readonly value: ConfigRecord }
  | { readonly type: 'partitionChange'; readonly value: PartitionChangeRecord }
  | { readonly type: 'fenceBroker'; readonly value: FenceBrokerRecord }
  | { readonly type: 'unfenceBroker'; readonly value: UnfenceBrokerRecord }
  | { readonly type: 'removeTopic'; readonly value: RemoveTopicRecord }
  | { readonly type: 'featureLevel'; readonly value: FeatureLevelRecord }
  | { readonly type: 'producerIds'; readonly value: ProducerIdsRecord }
  | { readonly type: 'brokerRegistrationChange'; readonly value: BrokerRegistrationChangeRecord }
  | { readonly type: 'noOp'; readonly value: NoOpRecord }
  | { readonly type: 'registerController'; readonly value: RegisterControllerRecord }
  | { readonly type: 'clearElr'; readonly value: ClearElrRecord };

export declare function encodeMetadataRecord(record: MetadataRecord): Uint8Array;
export declare function decodeMetadataRecord(value: Uint8Array): Result<MetadataRecord, string>;
