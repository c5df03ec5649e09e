/** The table of RPCs, and messages in Kafka's own form. */
import { describe, expect, test } from 'vitest';
import { advertised, allApis, apiByKey, apis, apisOf, requestHeaderVersion, responseHeaderVersion } from '../../src/protocol/apis.ts';
import { describeApis } from '../../src/protocol/describe-apis.ts';
import { describe as describeMessage } from '../../src/protocol/schema/describe.ts';
import { hasVersion } from '../../src/protocol/schema/versions.ts';
import { allMessages, versionsOf } from './messages.ts';

describe('the table of APIs', () => {
  test('has every live RPC once, by ascending key', () => {
    const live = allMessages.filter((message) => message.kind === 'request' && versionsOf(message).length > 0).map((message) => message.apiKey);
    expect(allApis.map((api) => api.key)).toEqual(live.sort((a, b) => Number(a) - Number(b)));
    expect(allApis.length).toBe(89);
    for (const api of allApis) expect(apiByKey(api.key)).toBe(api);
    for (const key of [4, 5, 6, 7, -1, 93, 1000, 0.5]) expect(apiByKey(key)).toBeUndefined();
  });
  test('pairs requests and responses of the same versions', () => {
    for (const api of allApis) {
      expect(api.response.name).toBe(`${api.name}Response`);
      expect(versionsOf(api.response)).toEqual(versionsOf(api.request));
    }
  });
  test('serves what a listener of Kafka 4.3 serves', () => {
    expect(apis.produce.broker).toEqual({ min: 3, max: 13 });
    expect(apis.produce.controller).toBeUndefined();
    expect(apis.fetch.controller).toEqual({ min: 4, max: 18 });
    expect(apis.alterPartition.broker).toBeUndefined();
    // Its version 6 is not stable.
    expect(apis.initProducerId.broker).toEqual({ min: 0, max: 5 });
    expect([apisOf('broker').length, apisOf('controller').length]).toEqual([77, 41]);
    expect(apis.createTopics.forwarded && !apis.deleteRecords.forwarded).toBe(true);
  });
  test('advertises Produce from 0 and all else as served', () => {
    expect(advertised(apis.produce, { min: 3, max: 13 })).toEqual({ min: 0, max: 13 });
    expect(advertised(apis.fetch, { min: 4, max: 18 })).toEqual({ min: 4, max: 18 });
  });
  test('knows the header of each version', () => {
    for (const api of allApis)
      for (const version of versionsOf(api.request)) {
        expect(requestHeaderVersion(api, version)).toBe(hasVersion(api.request.flexible, version) ? 2 : 1);
        expect(responseHeaderVersion(api, version)).toBe(hasVersion(api.response.flexible, version) && api.key !== 18 ? 1 : 0);
      }
    expect([requestHeaderVersion(apis.produce, 8), requestHeaderVersion(apis.produce, 9)]).toEqual([1, 2]);
    expect([3, 4].map((version) => responseHeaderVersion(apis.apiVersions, version))).toEqual([0, 0]);
  });
});

describe('a message in Kafka’s form', () => {
  const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  test('has the keys and the spelling of Kafka’s files', () => {
    expect(json(describeMessage(apis.offsetForLeaderEpoch.request))).toEqual({
      apiKey: 23,
      type: 'request',
      listeners: ['broker'],
      name: 'OffsetForLeaderEpochRequest',
      validVersions: '2-4',
      flexibleVersions: '4+',
      fields: [
        { name: 'ReplicaId', type: 'int32', versions: '3+', default: -2, ignorable: true, entityType: 'brokerId' },
        {
          name: 'Topics',
          type: '[]OffsetForLeaderTopic',
          versions: '0+',
          fields: [
            { name: 'Topic', type: 'string', versions: '0+', mapKey: true, entityType: 'topicName' },
            {
              name: 'Partitions',
              type: '[]OffsetForLeaderPartition',
              versions: '0+',
              fields: [
                { name: 'Partition', type: 'int32', versions: '0+' },
                { name: 'CurrentLeaderEpoch', type: 'int32', versions: '2+', default: '-1', ignorable: true },
                { name: 'LeaderEpoch', type: 'int32', versions: '0+' },
              ],
            },
          ],
        },
      ],
    });
    const fetch = describeMessage(apis.fetch.request).fields;
    expect(json(fetch.slice(0, 3))).toEqual([
      {
        name: 'ClusterId',
        type: 'string',
        versions: '12+',
        nullableVersions: '12+',
        taggedVersions: '12+',
        tag: 0,
        default: 'null',
        ignorable: true,
      },
      { name: 'ReplicaId', type: 'int32', versions: '0-14', default: '-1', entityType: 'brokerId' },
      {
        ...{ name: 'ReplicaState', type: 'ReplicaState', versions: '15+', taggedVersions: '15+', tag: 1 },
        fields: [
          { name: 'ReplicaId', type: 'int32', versions: '15+', default: '-1', entityType: 'brokerId' },
          { name: 'ReplicaEpoch', type: 'int64', versions: '15+', default: '-1' },
        ],
      },
    ]);
    expect(fetch.find((each) => each.name === 'MaxBytes')?.default).toBe('0x7fffffff');
  });
  test('is JSON for every message', () => {
    for (const message of allMessages) {
      const described = describeMessage(message);
      expect(json(described)).toEqual(described);
      expect(described.fields.length).toBe(message.fields.length);
    }
  });
  test('shared structs stand where they are used', () => {
    const topic = describeMessage(apis.addPartitionsToTxn.request);
    const names = (fields: typeof topic.fields, type: string): number =>
      fields.reduce((sum, each) => sum + (each.type === type && each.fields !== undefined ? 1 : 0) + names(each.fields ?? [], type), 0);
    expect(names(topic.fields, '[]AddPartitionsToTxnTopic')).toBe(2);
  });
});

describe('what listeners serve', () => {
  test('is one entry an API, by key, with the widest range', () => {
    const described = describeApis([
      { api: apis.fetch, versions: { min: 5, max: 12 } },
      { api: apis.produce, versions: { min: 3, max: 13 } },
      { api: apis.fetch, versions: { min: 4, max: 11 } },
    ]);
    expect(described.apis.map((each) => [each.apiKey, each.name, each.versions, each.request.name, each.response.name])).toEqual([
      [0, 'Produce', '3-13', 'ProduceRequest', 'ProduceResponse'],
      [1, 'Fetch', '4-12', 'FetchRequest', 'FetchResponse'],
    ]);
  });
});
