/** Well-formed requests of every API that a node serves, with any values in them: each is answered or refused, and the node lives on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Channel } from '../../../src/kafka/rpc/channel.ts';
import { type Api, apis } from '../../../src/protocol/apis.ts';
import type { Input, Message } from '../../../src/protocol/schema/schema.ts';
import { servedApis } from '../../../src/server/served-apis.ts';
import { aimed, groupAims } from '../../protocol/aim.ts';
import { arbitraryOf } from '../../protocol/arbitrary.ts';
import { Rig } from './rig.ts';

/** One broker with a topic `orders`. */
function rigWithTopic(): Rig {
  const rig = new Rig({ brokers: 1, config: { autoCreateTopicsEnable: false } });
  rig.ready();
  rig.createTopic({ name: 'orders', numPartitions: 1, replicationFactor: 1 });
  return rig;
}

/** Values by the names of fields: half of the requests mean what exists, so that they get beyond the first check. */
function aims(rig: Rig): ReadonlyMap<string, unknown> {
  const broker = rig.broker(1);
  return new Map<string, unknown>([
    ...groupAims,
    ['topicId', broker.image.topicByName('orders')?.id],
    ...['topic', 'name', 'resourceName'].map((key): [string, unknown] => [key, 'orders']),
    ...['partition', 'index', 'partitionIndex', 'lastFetchedEpoch'].map((key): [string, unknown] => [key, 0]),
    ['clusterId', broker.config.clusterId],
    ['brokerId', 1],
    ['brokerEpoch', broker.replicas.brokerEpoch],
  ]);
}

const versionsOf = (api: Api, listener: 'broker' | 'controller') => api[listener] ?? { min: 0, max: 0 };

function askOddly(rig: Rig, listener: 'broker' | 'controller', served: readonly Api[], numRuns: number): void {
  const at = aims(rig);
  const asked = fc.constantFrom(...served.map((api) => api.name)).chain((name) => {
    const api = served.find((each) => each.name === name) ?? apis.apiVersions;
    return fc
      .integer(versionsOf(api, listener))
      .chain((version) => fc.tuple(fc.constant(name), fc.constant(version), arbitraryOf<Message>(api.request, version), fc.boolean()));
  });
  const [host, port] = listener === 'broker' ? ['broker-1', 9092] : ['controller', 9093];
  fc.assert(
    fc.property(asked, ([name, version, value, aim]) => {
      const api = served.find((each) => each.name === name) ?? apis.apiVersions;
      let over = false;
      rig.client((world) => {
        const options = { clientId: 'odd', host, port, lane: 'requests', requestTimeoutMs: 200, connectTimeoutMs: 200 } as const;
        const channel = new Channel(world, options);
        const done = (): void => {
          over = true;
          channel.close();
        };
        channel.send<Message, Message>(api, (aim ? aimed(value, at) : value) as Input<Message>, done, { version });
      });
      rig.run(250);
      expect(over).toBe(true);
    }),
    { numRuns },
  );
}

test('no values of a request, however odd, end a broker', { timeout: 120_000 }, () => {
  const rig = rigWithTopic();
  const own = servedApis().flatMap(({ api, onBroker }) => (onBroker && !api.forwarded ? [api] : []));
  askOddly(rig, 'broker', own, 400);
  rig.run(70_000);
  expect(rig.broker(1).running).toBe(true);
  expect(rig.ask(1, apis.metadata, { topics: [{ name: 'orders' }] }).topics[0]?.errorCode).toBe(0);
});

test('no values of a request, however odd, end the controller', { timeout: 120_000 }, () => {
  const rig = rigWithTopic();
  const served = servedApis().flatMap(({ api, onController }) => (onController ? [api] : []));
  askOddly(rig, 'controller', served, 600);
  rig.run(70_000);
  expect(rig.ask(1000, apis.describeQuorum, { topics: [] }).errorCode).toBe(0);
  expect(rig.broker(1).failure).toBeUndefined();
});
