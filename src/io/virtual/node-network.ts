/**
 * The Network that one program sees, and the handshake that makes a connection of two ends.
 * A connect is three packets: lost ones are sent again, at one second's distance and then ever more slowly, as Linux does.
 */
import { failed, ok, type Result } from '../../model/result.ts';
import type { Connection, ConnectionEvents, Listener, Network } from '../network.ts';
import { Closing, Endpoint, KernelReset } from './endpoint.ts';
import { QueuedEvent } from './event-queue.ts';
import type { Output } from './host-event.ts';
import type { Incarnation } from './incarnation.ts';
import type { VirtualHost } from './virtual-host.ts';

/** When a connect's first packet is sent again, in seconds from the first time (Linux, tcp_syn_linear_timeouts = 4). */
const retrySeconds: readonly number[] = [1, 2, 3, 4, 5, 7, 11, 19];
const firstFreePort = 49_152;

export class NodeListener implements Listener {
  readonly port: number;
  readonly accept: (connection: Connection) => ConnectionEvents;
  closed = false;
  readonly #listeners: Map<number, NodeListener>;

  constructor(port: number, accept: (connection: Connection) => ConnectionEvents, listeners: Map<number, NodeListener>) {
    this.port = port;
    this.accept = accept;
    this.#listeners = listeners;
    listeners.set(port, this);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#listeners.delete(this.port);
  }
}

/** A connect leaves: its first packet goes out, and goes out again while nothing answers. */
class Handshake extends QueuedEvent implements Output {
  readonly #client: Endpoint;
  readonly #server: VirtualHost;
  #startedUs = 0;
  #attempt = 0;
  #onTheWay = false;

  constructor(client: Endpoint, server: VirtualHost) {
    super();
    this.#client = client;
    this.#server = server;
  }

  leave(): void {
    if (this.#client.state !== 'connecting') return;
    const { engine, network } = this.#client.host.simulator;
    this.#startedUs = engine.nowUs;
    this.#client.loseInterestAfter(network.connectTimeoutMs * 1000, true);
    this.#send();
  }

  #send(): void {
    const engine = this.#client.host.simulator.engine;
    const link = this.#client.pipe.link;
    if (!link.open) {
      this.#lost();
      return;
    }
    this.#onTheWay = true;
    engine.schedule(engine.nowUs + link.delayUs(), this);
  }

  #lost(): void {
    const seconds = retrySeconds[this.#attempt++];
    if (seconds === undefined) return;
    const engine = this.#client.host.simulator.engine;
    this.#onTheWay = false;
    engine.schedule(this.#startedUs + seconds * 1_000_000, this);
  }

  fire(): void {
    if (this.#client.state !== 'connecting') return;
    if (!this.#onTheWay) this.#send();
    else if (!this.#client.pipe.link.open || !this.#server.poweredOn || this.#server.hanging > 0) this.#lost();
    else this.#arrived();
  }

  #arrived(): void {
    const client = this.#client;
    const server = this.#server;
    const engine = server.simulator.engine;
    const incarnation = server.incarnation;
    const listener = incarnation?.network.listeners.get(client.port);
    if (incarnation === undefined || listener === undefined || server.refusing > 0) {
      const back = server.linkTo(client.host.name);
      engine.schedule(engine.nowUs + back.delayUs(), new KernelReset(back, client));
      return;
    }
    const accepted = client.peer;
    accepted.listener = listener;
    accepted.state = 'accepting';
    accepted.belongTo(incarnation);
    accepted.pipe.establish('established');
  }
}

/** A name that nobody bears. */
class Unresolved implements Output {
  readonly #client: Endpoint;

  constructor(client: Endpoint) {
    this.#client = client;
  }

  leave(): void {
    const engine = this.#client.host.simulator.engine;
    engine.schedule(engine.nowUs + this.#client.pipe.link.delayUs(), new Closing(this.#client, 'refused'));
  }
}

export class NodeNetwork implements Network {
  readonly listeners = new Map<number, NodeListener>();
  /** The ends that this program holds. */
  readonly endpoints = new Set<Endpoint>();
  readonly #incarnation: Incarnation;
  #nextPort = firstFreePort;

  constructor(incarnation: Incarnation) {
    this.#incarnation = incarnation;
  }

  listen(port: number, accept: (connection: Connection) => ConnectionEvents): Result<Listener, 'EADDRINUSE'> {
    if (port === 0) {
      while (this.listeners.has(this.#nextPort)) this.#nextPort++;
      port = this.#nextPort++;
    }
    if (this.listeners.has(port)) return failed('EADDRINUSE');
    return ok(new NodeListener(port, accept, this.listeners));
  }

  connect(host: string, port: number, events: (connection: Connection) => ConnectionEvents): Connection {
    const incarnation = this.#incarnation;
    const own = incarnation.host;
    const server = own.simulator.find(host);
    const client = new Endpoint(own, server ?? own, port, `${host}:${port}`, 'connecting');
    const far = new Endpoint(server ?? own, own, port, `${own.name}:${own.nextClientPort()}`, 'accepting');
    Endpoint.pair(client, far);
    // Nobody knows of the far end until the first packet arrives there.
    far.state = 'gone';
    if (!incarnation.alive) {
      client.abandon('silent');
      return client;
    }
    client.belongTo(incarnation);
    client.listen(events(client));
    incarnation.emit(server === undefined ? new Unresolved(client) : new Handshake(client, server));
    return client;
  }

  /** The program died: nothing listens, and its connections end as its host tells. */
  abandon(how: 'end' | 'reset' | 'silent'): void {
    for (const listener of [...this.listeners.values()]) listener.close();
    for (const endpoint of [...this.endpoints]) endpoint.abandon(how);
  }
}
