/**
 * What a scenario's configuration and clients say of how late a cluster may be: a coordinator with the end of a rebalance (SyncWatch), a
 * controller and leaders with who is gone or lags (Promptness). Owns the derivation, not the watches.
 */
import { invariant } from '../../model/invariant.ts';
import type { Limits } from '../checker/state/promptness.ts';
import type { SyncLimits } from '../checker/state/sync-watch.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { brokerSettings, controllerId } from '../cluster/settings.ts';
import type { Scenario } from '../scenario.ts';
import { memberNumbers } from '../workload/plan.ts';

/** Whoever gave up a request sends it again while the first one still waits in the broker: few clients do not mean few requests. */
const leastOnTheirWay = 100;
/** Beside its batches: metadata, a producer id. */
const besideBatches = 2;
/** A fetch, where to begin or whether the log was cut, metadata. */
const ofConsumer = 3;
/** Those of a consumer, and a heartbeat or a way into a generation, a commit, the search for the coordinator. */
const ofMember = ofConsumer + 3;
/** kafkajs has no limit but its own pace. */
const ofForeignClient = 10;
/** A fetch, and what is looked up before one. */
const ofBroker = 2;

export function syncLimitsOf({ cluster, workload }: Scenario): SyncLimits {
  let onTheirWay = ofBroker * (cluster.brokers - 1) + ofConsumer * workload.consumers.length + ofForeignClient * (workload.sandbox ?? []).length;
  for (const { maxInFlight } of workload.producers) onTheirWay += maxInFlight + besideBatches;
  for (const group of workload.groups ?? []) onTheirWay += ofMember * memberNumbers(group).length;
  return { commitTimeoutMs: settingsOf(cluster).offsetsCommitTimeoutMs, onTheirWay: Math.max(leastOnTheirWay, onTheirWay) };
}

export function promptnessLimitsOf({ cluster }: Scenario): Limits {
  const { brokerSessionTimeoutMs, replicaLagTimeMaxMs } = settingsOf(cluster);
  return { sessionMs: brokerSessionTimeoutMs, lagMs: replicaLagTimeMaxMs, controllerId };
}

function settingsOf(cluster: ClusterPlan) {
  const settings = brokerSettings(cluster, 1);
  invariant(settings.ok, 'a scenario that is played has settings that can be read');
  return settings.value;
}
