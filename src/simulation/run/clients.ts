/** Clients of a run that are no part of its workload: programs of others, on machines of the cluster. What they are is their maker's affair. */
import type { Finding } from '../checker/finding.ts';
import type { SimulatedCluster } from '../cluster/cluster.ts';
import type { History } from '../history/history.ts';

export interface Clients {
  /** Names of the machines that they need, beside those of the workload. */
  readonly machines: readonly string[];
  /** Sends that were acknowledged. */
  readonly acknowledged: number;
  /** What went wrong with themselves, asked at the end. */
  readonly findings: readonly Finding[];
  /** The safety phase begins. */
  start(stage: { readonly cluster: SimulatedCluster; readonly history: History }): void;
  /** The liveness phase begins: nothing new is sent. */
  stopSending(): void;
  /** From the liveness phase on: why they have not settled yet, or undefined. */
  unsettled(): string | undefined;
}

export const noClients: Clients = {
  machines: [],
  acknowledged: 0,
  findings: [],
  start: () => undefined,
  stopSending: () => undefined,
  unsettled: () => undefined,
};
