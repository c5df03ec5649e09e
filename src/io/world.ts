/**
 * Everything a node may touch outside its own memory. Implemented by `io/virtual` (a simulated world) and `io/real` (this machine);
 * broker, controller and client cannot tell which.
 */
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { Network } from './network.ts';
import type { NodeEvent } from './node-event.ts';
import type { Random } from './random.ts';

/** A node's lanes, as a broker has threads. A step's disk work occupies the device and its own lane; the other lanes go on. */
export type Lane = 'requests' | 'network' | 'raft' | 'heartbeat' | 'background' | `fetcher-${number}`;

export interface World {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  /** One a log directory, by its name, in insertion order. */
  readonly disks: ReadonlyMap<string, Disk>;
  /**
   * Runs a step in a lane: at once when the lane is free and no step of this node is under way, else as soon as both are so, in order.
   * What the step sends, schedules and starts leaves when the step's disk work is done.
   */
  on(lane: Lane, step: () => void): void;
  /** Tells an observer what just became true; costs nothing where nobody looks. */
  observe(event: NodeEvent): void;
}
