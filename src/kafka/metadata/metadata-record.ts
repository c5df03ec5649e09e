/**
 * The records of the metadata log as one union, and their form as record values (KRaft's MetadataRecordSerde): uvarint frame version 1,
 * uvarint record type, uvarint record version, message. Versions are those that metadata.version 4.3-IV0 writes.
 * Owns the union and the codec; what a record means is the image's. Record types that this cluster never writes (ACLs, SCRAM, quotas,
 * delegation tokens) are a decode error: passing over them would give an image that is not what the log says.
 */
import { failed, ok, type Result } from '../../model/result.ts';
import {
  type BrokerRegistrationChangeRecord,
  brokerRegistrationChangeRecord,
} from '../../protocol/messages/metadata/broker-registration-change-record.ts';
import { type ClearElrRecord, clearElrRecord } from '../../protocol/messages/metadata/clear-elr-record.ts';
import { type ConfigRecord, configRecord } from '../../protocol/messages/metadata/config-record.ts';
import { type FeatureLevelRecord, featureLevelRecord } from '../../protocol/messages/metadata/feature-level-record.ts';
import { type FenceBrokerRecord, fenceBrokerRecord } from '../../protocol/messages/metadata/fence-broker-record.ts';
import { type NoOpRecord, noOpRecord } from '../../protocol/messages/metadata/no-op-record.ts';
import { type PartitionChangeRecord, partitionChangeRecord } from '../../protocol/messages/metadata/partition-change-record.ts';
import { type PartitionRecord, partitionRecord } from '../../protocol/messages/metadata/partition-record.ts';
import { type ProducerIdsRecord, producerIdsRecord } from '../../protocol/messages/metadata/producer-ids-record.ts';
import { type RegisterBrokerRecord, registerBrokerRecord } from '../../protocol/messages/metadata/register-broker-record.ts';
import { type RegisterControllerRecord, registerControllerRecord } from '../../protocol/messages/metadata/register-controller-record.ts';
import { type RemoveTopicRecord, removeTopicRecord } from '../../protocol/messages/metadata/remove-topic-record.ts';
import { type TopicRecord, topicRecord } from '../../protocol/messages/metadata/topic-record.ts';
import { type UnfenceBrokerRecord, unfenceBrokerRecord } from '../../protocol/messages/metadata/unfence-broker-record.ts';
import { type UnregisterBrokerRecord, unregisterBrokerRecord } from '../../protocol/messages/metadata/unregister-broker-record.ts';
import { decode, encodeToBytes } from '../../protocol/schema/codec.ts';
import type { Input, Message } from '../../protocol/schema/schema.ts';

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

const frameVersion = 1;

/** The value of a metadata record as it stands in a batch; its key is null. */
export function encodeMetadataRecord(record: MetadataRecord): Uint8Array {
  switch (record.type) {
    case 'registerBroker':
      return framed(registerBrokerRecord, 4, record.value);
    case 'unregisterBroker':
      return framed(unregisterBrokerRecord, 0, record.value);
    case 'topic':
      return framed(topicRecord, 0, record.value);
    case 'partition':
      return framed(partitionRecord, 2, record.value);
    case 'config':
      return framed(configRecord, 0, record.value);
    case 'partitionChange':
      return framed(partitionChangeRecord, 2, record.value);
    case 'fenceBroker':
      return framed(fenceBrokerRecord, 0, record.value);
    case 'unfenceBroker':
      return framed(unfenceBrokerRecord, 0, record.value);
    case 'removeTopic':
      return framed(removeTopicRecord, 0, record.value);
    case 'featureLevel':
      return framed(featureLevelRecord, 0, record.value);
    case 'producerIds':
      return framed(producerIdsRecord, 0, record.value);
    case 'brokerRegistrationChange':
      return framed(brokerRegistrationChangeRecord, registrationChangeVersion(record.value), record.value);
    case 'noOp':
      return framed(noOpRecord, 0, record.value);
    case 'registerController':
      return framed(registerControllerRecord, 0, record.value);
    case 'clearElr':
      return framed(clearElrRecord, 0, record.value);
  }
}

/** Kafka writes the oldest version that can say it: fencing 0, controlled shutdown 1, log directories 2. */
function registrationChangeVersion(change: BrokerRegistrationChangeRecord): number {
  if (change.cordonedLogDirs !== null) return 3;
  if (change.logDirs.length > 0) return 2;
  return change.inControlledShutdown !== 0 ? 1 : 0;
}

function framed<M extends Message>(definition: M, version: number, value: Input<M>): Uint8Array {
  const body = encodeToBytes(definition, version, value);
  // Frame version, type and version are all below 128: one byte each.
  const bytes = new Uint8Array(3 + body.length);
  bytes[0] = frameVersion;
  bytes[1] = definition.apiKey ?? 0;
  bytes[2] = version;
  bytes.set(body, 3);
  return bytes;
}

/** The record in a value, or what is wrong with it. Bytes are hostile. */
export function decodeMetadataRecord(value: Uint8Array): Result<MetadataRecord, string> {
  const frame = uvarint(value, 0);
  if (frame === undefined || frame.value !== frameVersion) return failed('unknown frame version');
  const type = uvarint(value, frame.end);
  const version = type === undefined ? undefined : uvarint(value, type.end);
  if (type === undefined || version === undefined) return failed('the frame is cut short');
  const decoder = decoders.get(type.value);
  return decoder === undefined ? failed(`unknown metadata record type ${type.value}`) : decoder(version.value, value, version.end);
}

type Decoder = (version: number, bytes: Uint8Array, at: number) => Result<MetadataRecord, string>;

function decoderOf<M extends Message>(definition: M, wrap: (value: DecodedOf<M>) => MetadataRecord): readonly [number, Decoder] {
  const [lowest, highest] = versionRange(definition.versions);
  return [
    definition.apiKey ?? -1,
    (version, bytes, at) => {
      if (version < lowest || version > highest) return failed(`${definition.name} has no version ${version}`);
      const decoded = decode(definition, version, bytes, at);
      return decoded.ok ? ok(wrap(decoded.value)) : failed(`${definition.name}: ${JSON.stringify(decoded.error)}`);
    },
  ];
}
type DecodedOf<M extends Message> = Extract<ReturnType<typeof decode<M>>, { readonly ok: true }>['value'];

function versionRange(versions: string): readonly [number, number] {
  const [lowest = '0', highest = lowest] = versions.split('-');
  return [Number(lowest), Number(highest)];
}

const decoders: ReadonlyMap<number, Decoder> = new Map([
  decoderOf(registerBrokerRecord, (value) => ({ type: 'registerBroker', value })),
  decoderOf(unregisterBrokerRecord, (value) => ({ type: 'unregisterBroker', value })),
  decoderOf(topicRecord, (value) => ({ type: 'topic', value })),
  decoderOf(partitionRecord, (value) => ({ type: 'partition', value })),
  decoderOf(configRecord, (value) => ({ type: 'config', value })),
  decoderOf(partitionChangeRecord, (value) => ({ type: 'partitionChange', value })),
  decoderOf(fenceBrokerRecord, (value) => ({ type: 'fenceBroker', value })),
  decoderOf(unfenceBrokerRecord, (value) => ({ type: 'unfenceBroker', value })),
  decoderOf(removeTopicRecord, (value) => ({ type: 'removeTopic', value })),
  decoderOf(featureLevelRecord, (value) => ({ type: 'featureLevel', value })),
  decoderOf(producerIdsRecord, (value) => ({ type: 'producerIds', value })),
  decoderOf(brokerRegistrationChangeRecord, (value) => ({ type: 'brokerRegistrationChange', value })),
  decoderOf(noOpRecord, (value) => ({ type: 'noOp', value })),
  decoderOf(registerControllerRecord, (value) => ({ type: 'registerController', value })),
  decoderOf(clearElrRecord, (value) => ({ type: 'clearElr', value })),
]);

/** An unsigned base-128 number of at most two bytes, which holds all types and versions there are. */
function uvarint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 128) return { value: first, end: at + 1 };
  const second = bytes[at + 1];
  return second === undefined || second >= 128 ? undefined : { value: (first & 127) | (second << 7), end: at + 2 };
}
