/**
 * What a scenario's configuration and clients say of how late a coordinator may be with the end of a rebalance: the two limits of SyncWatch.
 * Owns the derivation, not the watch.
 */
import { invariant } from '../../model/invariant.ts';
import type { SyncLimits } from '../checker/state/sync-watch.ts';
import { brokerSettings } from '../cluster/settings.ts';
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
  const settings = brokerSettings(cluster, 1);
  invariant(settings.ok, 'a scenario that is played has settings that can be read');
  let onTheirWay = ofBroker * (cluster.brokers - 1) + ofConsumer * workload.consumers.length + ofForeignClient * (workload.sandbox ?? []).length;
  for (const { maxInFlight } of workload.producers) onTheirWay += maxInFlight + besideBatches;
  for (const group of workload.groups ?? []) onTheirWay += ofMember * memberNumbers(group).length;
  return { commitTimeoutMs: settings.value.offsetsCommitTimeoutMs, onTheirWay: Math.max(leastOnTheirWay, onTheirWay) };
}
