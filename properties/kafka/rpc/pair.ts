/** Two machines for tests of the rpc layer: one listens, one calls. */
import { Simulator, type SimulatorOptions } from '../../../src/io/virtual/simulator.ts';
import type { VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../src/io/world.ts';
import { Channel, type ChannelOptions } from '../../../src/kafka/rpc/channel.ts';
import { Routes } from '../../../src/kafka/rpc/routes.ts';
import { type RequestContext, type RpcListener, type ServeOptions, serve } from '../../../src/kafka/rpc/server.ts';
import { advertised, apis } from '../../../src/protocol/apis.ts';
import type { MetadataRequest, MetadataResponseInput } from '../../../src/protocol/messages/metadata.ts';

export const port = 9092;
export type MetadataContext = RequestContext<MetadataResponseInput>;
export type MetadataHandler = (context: MetadataContext, body: MetadataRequest) => void;

/** An answer that shows which request it is for. */
export const echo = (body: MetadataRequest): MetadataResponseInput => ({
  brokers: [],
  clusterId: null,
  controllerId: 1,
  topics: (body.topics ?? []).map(({ name }) => ({ errorCode: 0, name, partitions: [] })),
});

/** Serves ApiVersions as a broker does. */
export function withApiVersions(routes: Routes): Routes {
  return routes.on(apis.apiVersions, (context) =>
    context.respond({
      errorCode: 0,
      apiKeys: routes.apis.flatMap((api) => {
        const range = api.broker;
        if (range === undefined) return [];
        const { min, max } = advertised(api, range);
        return [{ apiKey: api.key, minVersion: min, maxVersion: max }];
      }),
    }),
  );
}

export class Pair {
  readonly simulator: Simulator;
  readonly server: VirtualHost;
  readonly client: VirtualHost;
  serverWorld: World | undefined;
  clientWorld: World | undefined;
  listener: RpcListener | undefined;

  constructor(options: SimulatorOptions = { seed: 'rpc' }) {
    this.simulator = new Simulator(options);
    this.server = this.simulator.host('server', { id: 1 });
    this.client = this.simulator.host('client', { id: 2 });
    this.client.boot((world) => {
      this.clientWorld = world;
    });
  }

  get world(): World {
    if (this.clientWorld === undefined) throw new Error('the client runs');
    return this.clientWorld;
  }

  /** Boots the server with these routes. */
  serve(routes: Routes, options: Partial<ServeOptions> = {}): void {
    this.server.boot((world) => {
      this.serverWorld = world;
      const listening = serve(world, { port, listener: 'broker', maxFrameBytes: 1_048_576, apis: routes.apis, ...options }, routes.handle);
      if (listening.ok) this.listener = listening.value;
    });
  }

  serveMetadata(handle: MetadataHandler, options: Partial<ServeOptions> = {}): void {
    this.serve(withApiVersions(new Routes()).on(apis.metadata, handle), options);
  }

  channel(options: Partial<ChannelOptions> = {}): Channel {
    return new Channel(this.world, {
      clientId: 'tester',
      host: 'server',
      port,
      lane: 'requests',
      requestTimeoutMs: 1000,
      connectTimeoutMs: 500,
      ...options,
    });
  }

  /** Lets this much time pass. */
  passMs(ms: number): void {
    this.simulator.run(this.simulator.nowUs + ms * 1000);
  }

  get nowMs(): number {
    return this.simulator.nowUs / 1000;
  }

  /** Sends a request for metadata of a topic; what came back lands in `log`. */
  ask(channel: Channel, topic: string, log: string[]): void {
    this.client.enter(() =>
      channel.send(apis.metadata, { topics: [{ name: topic }] }, (result) =>
        log.push(result.ok ? `${topic}=${result.value.topics[0]?.name}` : `${topic}:${result.error}`),
      ),
    );
  }
}
