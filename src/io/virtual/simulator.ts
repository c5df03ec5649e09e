/** The virtual universe: shell, being filled in. */
import type { Timer } from '../clock.ts';
import type { NodeEvent } from '../node-event.ts';
import type { Fault, NetworkFaults } from './network-faults.ts';
import type { TraceSink } from './trace-sink.ts';
import { noTrace } from './trace-sink.ts';
import type { HostOptions, VirtualHost } from './virtual-host.ts';

export type { Fault };
export interface SimulatorOptions {
  readonly seed: string;
  /** Least one-way delay of a link. Default 150 us. */
  readonly latencyUs?: number;
  /** Up to this much is added to each delay. Default 350 us. */
  readonly jitterUs?: number;
  /** A connect that heard nothing fails after this. Default 21,000 ms. */
  readonly connectTimeoutMs?: number;
}
export type RunEnd = 'time' | 'idle' | 'livelock';

export class Simulator {
  nowUs = 0;
  dispatches = 0;
  observer: (host: VirtualHost, event: NodeEvent) => void = () => undefined;
  trace: TraceSink = noTrace;
  readonly faults: NetworkFaults;
  constructor(_options: SimulatorOptions) {
    throw new Error('shell');
  }
  host(_name: string, _options: HostOptions): VirtualHost {
    throw new Error('shell');
  }
  at(_timeUs: number, _name: string, _fire: () => void): Timer {
    throw new Error('shell');
  }
  run(_untilUs: number): RunEnd {
    throw new Error('shell');
  }
}
