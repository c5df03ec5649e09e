/**
 * The faults of the network, each a handle that heals it. Faults of one kind add up: a link is open when the last one is healed.
 * Owns which links a fault touches; what a blocked or slow link does is the link's.
 */
import { Closing } from './endpoint.ts';
import type { Link } from './link.ts';
import type { Pipe } from './pipe.ts';
import type { Simulator } from './simulator.ts';
import type { VirtualHost } from './virtual-host.ts';

/** A fault in force. */
export interface Fault {
  /** Ends it; idempotent. */
  heal(): void;
}
/** `oneWay`: only what goes from the first hosts to the second is touched. */
export interface Direction {
  readonly oneWay?: boolean;
}
type Hosts = readonly VirtualHost[];

/** A fault that undoes itself once. */
export function fault(undo: () => void): Fault {
  let healed = false;
  return {
    heal: () => {
      if (healed) return;
      healed = true;
      undo();
    },
  };
}

export class NetworkFaults {
  readonly #simulator: Simulator;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
  }

  /** Packets between the two groups are lost: bytes come, in order, after healing; connects hang; resets are never heard. */
  partition(from: Hosts, to: Hosts, direction: Direction = {}): Fault {
    return this.#block('cut', from, to, direction);
  }

  /** Packets between the two groups wait; nothing is lost. */
  stall(from: Hosts, to: Hosts, direction: Direction = {}): Fault {
    return this.#block('stall', from, to, direction);
  }

  /** Adds to the least delay and to the jitter. */
  latency(from: Hosts, to: Hosts, slower: { readonly extraUs: number; readonly jitterUs: number }, direction: Direction = {}): Fault {
    const { extraUs, jitterUs } = slower;
    const links = this.#links(from, to, direction);
    for (const link of links) link.slower(extraUs, jitterUs);
    return fault(() => {
      for (const link of links) link.slower(-extraUs, -jitterUs);
    });
  }

  /** The connections between each two of the hosts share so many bytes per second, in each direction. */
  bandwidth(from: Hosts, to: Hosts, bytesPerSecond: number, direction: Direction = {}): Fault {
    const links = this.#links(from, to, direction);
    for (const link of links) link.limit(bytesPerSecond);
    return fault(() => {
      for (const link of links) link.unlimit(bytesPerSecond);
    });
  }

  /** Holds back the next write from `from` to `to`, and what follows it on the same connection; other connections go on. */
  hold(from: VirtualHost, to: VirtualHost): Fault {
    const link = from.linkTo(to.name);
    let held: Pipe | undefined;
    const take = (pipe: Pipe): void => {
      held = pipe;
      pipe.holdBack();
    };
    link.holdsAsked.push(take);
    return fault(() => {
      if (held !== undefined) held.letGo();
      else link.holdsAsked.splice(link.holdsAsked.indexOf(take), 1);
    });
  }

  /** Connects to these hosts are refused, whoever listens. */
  refuse(hosts: Hosts): Fault {
    for (const host of hosts) host.refusing++;
    return fault(() => {
      for (const host of hosts) host.refusing--;
    });
  }

  /** Connects to these hosts get no answer. */
  hang(hosts: Hosts): Fault {
    for (const host of hosts) host.hanging++;
    return fault(() => {
      for (const host of hosts) host.hanging--;
    });
  }

  /** Breaks every connection between the two groups, at both ends; answers how many. */
  resetConnections(a: Hosts, b: Hosts): number {
    let count = 0;
    const engine = this.#simulator.engine;
    for (const host of a)
      for (const endpoint of [...(host.incarnation?.network.endpoints ?? [])]) {
        if (endpoint.state !== 'open' || !b.includes(endpoint.peer.host)) continue;
        count++;
        for (const end of [endpoint, endpoint.peer]) {
          end.pipe.abort();
          engine.schedule(engine.nowUs, new Closing(end, 'reset'));
        }
      }
    return count;
  }

  #block(how: 'cut' | 'stall', from: Hosts, to: Hosts, direction: Direction): Fault {
    const links = this.#links(from, to, direction);
    for (const link of links) link.block(how);
    return fault(() => {
      for (const link of links) link.unblock(how);
    });
  }

  #links(from: Hosts, to: Hosts, direction: Direction): readonly Link[] {
    const links = new Set<Link>();
    for (const a of from)
      for (const b of to) {
        if (a === b) continue;
        links.add(a.linkTo(b.name));
        if (direction.oneWay !== true) links.add(b.linkTo(a.name));
      }
    return [...links];
  }
}
