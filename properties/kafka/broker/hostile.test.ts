/** Well-formed requests of every API that a broker serves, with any values in them: each is answered or refused, and the broker lives on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Channel } from '../../../src/kafka/rpc/channel.ts';
import { type Api, apis } from '../../../src/protocol/apis.ts';
import type { Input, Message } from '../../../src/protocol/schema/schema.ts';
import { arbitraryOf } from '../../protocol/arbitrary.ts';
import { Rig } from './rig.ts';

const served: readonly Api[] = [
  apis.produce,
  apis.fetch,
  apis.listOffsets,
  apis.metadata,
  apis.offsetForLeaderEpoch,
  apis.findCoordinator,
  apis.initProducerId,
  apis.describeConfigs,
  apis.describeCluster,
  apis.describeTopicPartitions,
  apis.listConfigResources,
];

test('no values of a request, however odd, end a broker', { timeout: 120_000 }, () => {
  const rig = new Rig({ brokers: 1, config: { autoCreateTopicsEnable: false } });
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 1 });
  const topicId = rig.broker(1).image.topicByName('orders')?.id;
  // Half of the requests mean a partition that exists, so that they get beyond the first check.
  const aim = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(aim)
      : value === null || typeof value !== 'object' || value instanceof Uint8Array
        ? value
        : Object.fromEntries(
            Object.entries(value).map(([key, inner]): [string, unknown] => {
              if (key === 'topicId') return [key, topicId];
              if (['topic', 'name', 'resourceName'].includes(key) && typeof inner === 'string') return [key, 'orders'];
              if (['partition', 'index', 'partitionIndex'].includes(key)) return [key, 0];
              return [key, aim(inner)];
            }),
          );
  const asked = fc
    .constantFrom(...served)
    .chain((api) =>
      fc
        .integer({ min: api.broker?.min ?? 0, max: api.broker?.max ?? 0 })
        .chain((version) => fc.tuple(fc.constant(api), fc.constant(version), arbitraryOf<Message>(api.request, version), fc.boolean())),
    );
  fc.assert(
    fc.property(asked, ([api, version, value, aimed]) => {
      let over = false;
      rig.client((world) => {
        const channel = new Channel(world, {
          clientId: 'odd',
          host: 'broker-1',
          port: 9092,
          lane: 'requests',
          requestTimeoutMs: 200,
          connectTimeoutMs: 200,
        });
        const body = (aimed ? aim(value) : value) as Input<Message>;
        channel.send(
          api,
          body,
          () => {
            over = true;
            channel.close();
          },
          { version },
        );
      });
      rig.run(250);
      expect(over).toBe(true);
    }),
    { numRuns: 400 },
  );
  rig.run(70_000);
  expect(rig.broker(1).running).toBe(true);
  expect(rig.ask(1, apis.metadata, { topics: [{ name: 'orders' }] }).topics[0]?.errorCode).toBe(0);
});
