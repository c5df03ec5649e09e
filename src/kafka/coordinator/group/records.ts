/**
 * The records of `__consumer_offsets` that classic groups are kept in: key and value behind an int16 version each, a value of null being a
 * tombstone. Owns both directions and which versions are written. Records of transactional commits look the same but count only with their
 * marker; records of other kinds of group (KIP-848) are of other types, and are read as unknown. Source: GroupCoordinatorRecordHelpers,
 * GroupCoordinatorRecordSerde.
 */
import type { Uuid } from '../../../model/uuid.ts';
import { zeroUuid } from '../../../model/uuid.ts';
import { type GroupMetadataValue, groupMetadataKey, groupMetadataValue } from '../../../protocol/messages/group-coordinator/group-metadata.ts';
import { legacyOffsetCommitKey, legacyOffsetCommitValue } from '../../../protocol/messages/group-coordinator/legacy-offset-commit.ts';
import { offsetCommitKey, offsetCommitValue } from '../../../protocol/messages/group-coordinator/offset-commit.ts';
import type { RecordInput } from '../../../protocol/records/encode.ts';
import { decode, encodeToBytes } from '../../../protocol/schema/codec.ts';
import type { Infer, Input, Message } from '../../../protocol/schema/schema.ts';

/** A committed offset. */
export interface CommittedOffset {
  /** As the client gave it: negative ones are kept as well. */
  readonly offset: number;
  /** Of the last record consumed, -1 for none. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number;
  /** -1 but for commits before version 5 that set a retention of their own. */
  readonly expireTimestampMs: number;
  /** The zero uuid where it is not known. */
  readonly topicId: Uuid;
}

export type CoordinatorRecord =
  | { readonly type: 'group'; readonly group: string; readonly value: GroupMetadataValue }
  | { readonly type: 'groupTombstone'; readonly group: string }
  | { readonly type: 'offset'; readonly group: string; readonly topic: string; readonly partition: number; readonly value: CommittedOffset }
  | { readonly type: 'offsetTombstone'; readonly group: string; readonly topic: string; readonly partition: number };

const versionBytes = 2;
const keyVersion = 0;
const groupValueVersion = 3;
/** The first version with a topic id. */
const offsetValueVersion = 4;
/** The one version that has a time of expiry. */
const expiringOffsetValueVersion = 1;

export function encodeRecord(record: CoordinatorRecord, timestampMs: number): RecordInput {
  switch (record.type) {
    case 'group':
      return { key: groupKey(record.group), value: versioned(groupValueVersion, groupMetadataValue, groupValueVersion, record.value), timestampMs };
    case 'groupTombstone':
      return { key: groupKey(record.group), value: null, timestampMs };
    case 'offset':
      return { key: offsetKey(record), value: offsetValue(record.value), timestampMs };
    case 'offsetTombstone':
      return { key: offsetKey(record), value: null, timestampMs };
  }
}

/** Undefined for a record of another kind; 'corrupt' for bytes that cannot be read. */
export function decodeRecord(key: Uint8Array, value: Uint8Array | null): CoordinatorRecord | 'corrupt' | undefined {
  if (key.length < versionBytes) return 'corrupt';
  switch (versionOf(key)) {
    case groupMetadataKey.apiKey:
      return decodeGroup(key, value);
    case offsetCommitKey.apiKey:
      return decodeOffset(key, value);
    case legacyOffsetCommitKey.apiKey:
      return decodeLegacyOffset(key, value);
    default:
      return undefined;
  }
}

function decodeGroup(key: Uint8Array, value: Uint8Array | null): CoordinatorRecord | 'corrupt' {
  const decodedKey = decode(groupMetadataKey, keyVersion, key, versionBytes);
  if (!decodedKey.ok) return 'corrupt';
  const { group } = decodedKey.value;
  if (value === null) return { type: 'groupTombstone', group };
  const decoded = readVersioned(groupMetadataValue, value);
  return decoded === undefined ? 'corrupt' : { type: 'group', group, value: decoded };
}

function decodeOffset(key: Uint8Array, value: Uint8Array | null): CoordinatorRecord | 'corrupt' {
  const decodedKey = decode(offsetCommitKey, keyVersion, key, versionBytes);
  if (!decodedKey.ok) return 'corrupt';
  if (value === null) return { type: 'offsetTombstone', ...decodedKey.value };
  const decoded = readVersioned(offsetCommitValue, value);
  if (decoded === undefined) return 'corrupt';
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp, topicId } = decoded;
  const committed = {
    offset,
    leaderEpoch,
    metadata,
    commitTimestampMs: commitTimestamp,
    expireTimestampMs: expireTimestamp,
    topicId: topicId ?? zeroUuid,
  };
  return { type: 'offset', ...decodedKey.value, value: committed };
}

function decodeLegacyOffset(key: Uint8Array, value: Uint8Array | null): CoordinatorRecord | 'corrupt' {
  const decodedKey = decode(legacyOffsetCommitKey, keyVersion, key, versionBytes);
  if (!decodedKey.ok) return 'corrupt';
  if (value === null) return { type: 'offsetTombstone', ...decodedKey.value };
  const decoded = readVersioned(legacyOffsetCommitValue, value);
  if (decoded === undefined) return 'corrupt';
  const { offset, metadata, commitTimestamp } = decoded;
  const committed = { offset, leaderEpoch: -1, metadata, commitTimestampMs: commitTimestamp, expireTimestampMs: -1, topicId: zeroUuid };
  return { type: 'offset', ...decodedKey.value, value: committed };
}

const groupKey = (group: string): Uint8Array => versioned(groupMetadataKey.apiKey ?? 0, groupMetadataKey, keyVersion, { group });

const offsetKey = ({ group, topic, partition }: { readonly group: string; readonly topic: string; readonly partition: number }): Uint8Array =>
  versioned(offsetCommitKey.apiKey ?? 0, offsetCommitKey, keyVersion, { group, topic, partition });

function offsetValue(value: CommittedOffset): Uint8Array {
  const version = value.expireTimestampMs >= 0 ? expiringOffsetValueVersion : offsetValueVersion;
  return versioned(version, offsetCommitValue, version, {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestamp: value.commitTimestampMs,
    expireTimestamp: value.expireTimestampMs,
    topicId: value.topicId,
  });
}

function versioned<M extends Message>(prefix: number, message: M, version: number, value: Input<M>): Uint8Array {
  const body = encodeToBytes(message, version, value);
  const bytes = new Uint8Array(versionBytes + body.length);
  bytes[0] = prefix >> 8;
  bytes[1] = prefix & 255;
  bytes.set(body, versionBytes);
  return bytes;
}

function readVersioned<M extends Message>(message: M, bytes: Uint8Array): Infer<M> | undefined {
  if (bytes.length < versionBytes) return undefined;
  const decoded = decode(message, versionOf(bytes), bytes, versionBytes);
  return decoded.ok ? decoded.value : undefined;
}

const versionOf = (bytes: Uint8Array): number => ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
