/** Faults of the network: shell, being filled in. */
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

export interface NetworkFaults {
  partition(from: Hosts, to: Hosts, direction?: Direction): Fault;
  stall(from: Hosts, to: Hosts, direction?: Direction): Fault;
  latency(from: Hosts, to: Hosts, slower: { readonly extraUs: number; readonly jitterUs: number }, direction?: Direction): Fault;
  bandwidth(from: Hosts, to: Hosts, bytesPerSecond: number, direction?: Direction): Fault;
  /** Holds back the next write from `from` to `to`, and what follows it on the same connection, until healed. */
  hold(from: VirtualHost, to: VirtualHost): Fault;
  refuse(hosts: Hosts): Fault;
  hang(hosts: Hosts): Fault;
  /** Breaks every connection between the two groups; answers how many. */
  resetConnections(a: Hosts, b: Hosts): number;
}
