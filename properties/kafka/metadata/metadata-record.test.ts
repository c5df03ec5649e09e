import { describe, expect, it } from 'vitest';
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../../../src/kafka/metadata/metadata-record.ts';
import { uuidFromWords } from '../../../src/model/uuid.ts';

const id = uuidFromWords(1, 2, 3, 4);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const change = { brokerId: 1, brokerEpoch: 9, fenced: 0, inControlledShutdown: 0, logDirs: [], cordonedLogDirs: null };

const records: readonly MetadataRecord[] = [
  {
    type: 'registerBroker',
    value: {
      brokerId: 1,
      isMigratingZkBroker: false,
      incarnationId: id,
      brokerEpoch: 9,
      endPoints: [{ name: 'PLAINTEXT', host: 'h', port: 9092, securityProtocol: 0 }],
      features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
      rack: null,
      fenced: true,
      inControlledShutdown: false,
      logDirs: [id],
      cordonedLogDirs: null,
    },
  },
  { type: 'unregisterBroker', value: { brokerId: 1, brokerEpoch: 9 } },
  { type: 'topic', value: { name: 'orders', topicId: id } },
  {
    type: 'partition',
    value: {
      partitionId: 0,
      topicId: id,
      replicas: [1, 2],
      isr: [1],
      removingReplicas: [],
      addingReplicas: [],
      leader: 1,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: [id, id],
      eligibleLeaderReplicas: [2],
      lastKnownElr: null,
    },
  },
  { type: 'config', value: { resourceType: 2, resourceName: 'orders', name: 'retention.ms', value: null } },
  {
    type: 'partitionChange',
    value: {
      partitionId: 0,
      topicId: id,
      isr: [2],
      leader: 2,
      replicas: null,
      removingReplicas: null,
      addingReplicas: null,
      leaderRecoveryState: 1,
      directories: null,
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
    },
  },
  { type: 'fenceBroker', value: { id: 1, epoch: 9 } },
  { type: 'unfenceBroker', value: { id: 1, epoch: 9 } },
  { type: 'removeTopic', value: { topicId: id } },
  { type: 'featureLevel', value: { name: 'group.version', featureLevel: 1 } },
  { type: 'producerIds', value: { brokerId: 1, brokerEpoch: 9, nextProducerId: 1000 } },
  { type: 'brokerRegistrationChange', value: { ...change, fenced: 1 } },
  { type: 'brokerRegistrationChange', value: { ...change, inControlledShutdown: 1 } },
  { type: 'brokerRegistrationChange', value: { ...change, logDirs: [id] } },
  { type: 'noOp', value: {} },
  { type: 'registerController', value: { controllerId: 1000, incarnationId: id, zkMigrationReady: false, endPoints: [], features: [] } },
  { type: 'clearElr', value: { topicName: 'orders' } },
];

describe('a metadata record', () => {
  for (const record of records)
    it(`of type ${record.type} comes back as it went`, () =>
      expect(decodeMetadataRecord(encodeMetadataRecord(record))).toEqual({ ok: true, value: record }));

  it('is framed by version, type and record version', () => {
    // MetadataRecordSerde: 01, then type 12, version 0, a compact string, an int16, no tagged fields.
    expect(hex(encodeMetadataRecord({ type: 'featureLevel', value: { name: 'ab', featureLevel: 7 } }))).toBe('010c00036162000700');
    expect(hex(encodeMetadataRecord({ type: 'noOp', value: {} }))).toBe('01140000');
  });

  it('has the versions of metadata.version 4.3-IV0', () => {
    const versions = records.map((record) => `${record.type} ${encodeMetadataRecord(record)[2]}`);
    expect(versions).toEqual([
      'registerBroker 4',
      'unregisterBroker 0',
      'topic 0',
      'partition 2',
      'config 0',
      'partitionChange 2',
      'fenceBroker 0',
      'unfenceBroker 0',
      'removeTopic 0',
      'featureLevel 0',
      'producerIds 0',
      'brokerRegistrationChange 0',
      'brokerRegistrationChange 1',
      'brokerRegistrationChange 2',
      'noOp 0',
      'registerController 0',
      'clearElr 0',
    ]);
  });

  it('of an older version is read with what it lacked', () => {
    // RegisterBrokerRecord version 0 has no controlled shutdown and no directories.
    const old = bytes(`010000${'00000001'}${'00'.repeat(16)}${'0000000000000009'}0101000100`);
    const decoded = decodeMetadataRecord(old);
    expect(decoded).toMatchObject({
      ok: true,
      value: { type: 'registerBroker', value: { brokerId: 1, fenced: true, inControlledShutdown: false, logDirs: [] } },
    });
  });

  it('that is malformed is refused, whatever is wrong with it', () => {
    const right = encodeMetadataRecord({ type: 'featureLevel', value: { name: 'ab', featureLevel: 7 } });
    for (let length = 0; length < right.length; length++) expect(decodeMetadataRecord(right.subarray(0, length)).ok).toBe(false);
    for (const wrong of ['020c000361620000' + '07', '010cff0161', '017f00', '01040900', `${hex(right)}00`, '0180'])
      expect([wrong, decodeMetadataRecord(bytes(wrong)).ok]).toEqual([wrong, false]);
  });
});
