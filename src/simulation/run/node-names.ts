/** The names of all machines of a run by the ids under which their events are told. */
import { brokerName, controllerId, controllerName, firstClientId } from '../cluster/settings.ts';
import type { Scenario } from '../scenario.ts';
import { Workload } from '../workload/workload.ts';

/** Brokers, the controller, clients in the order of the scenario: `broker-1`, `controller-1000`, `producer-1`. */
export function nodeNames({ cluster, workload }: Scenario): ReadonlyMap<number, string> {
  const brokers = Array.from({ length: cluster.brokers }, (_, index): [number, string] => [index + 1, brokerName(index + 1)]);
  const clients = [...Workload.machines(workload), ...(workload.sandbox ?? []).map(({ id }) => id)];
  return new Map([...brokers, [controllerId, controllerName], ...clients.map((name, index): [number, string] => [firstClientId + index, name])]);
}
