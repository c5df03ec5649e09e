/**
 * What only the controller may do: passed on, with an answer for the case that it could not be asked. Owns the shapes of those refusals.
 */
import type { ErrorCode } from '../../../model/error-code.ts';
import { apis } from '../../../protocol/apis.ts';
import type { Routes } from '../../rpc/routes.ts';
import type { BrokerContext } from '../broker-context.ts';
import { worst } from '../broker-context.ts';
import { forwarding } from '../forwarding.ts';

const worstOf = (entries: readonly { readonly errorCode: number }[]): number => entries.reduce((error, entry) => worst(error, entry.errorCode), 0);
const message = 'the controller could not be reached in time';

export function routeForwarded(routes: Routes, broker: BrokerContext): void {
  routes
    .on(
      apis.createTopics,
      forwarding(
        broker,
        apis.createTopics,
        (request, error) => ({ topics: request.topics.map(({ name }) => ({ name, errorCode: error, errorMessage: message, configs: null })) }),
        (response) => worstOf(response.topics),
      ),
    )
    .on(
      apis.deleteTopics,
      forwarding(
        broker,
        apis.deleteTopics,
        (request, error) => ({
          responses: [
            ...request.topicNames.map((name) => ({ name, errorCode: error, errorMessage: message })),
            ...request.topics.map(({ name, topicId }) => ({ name, topicId, errorCode: error, errorMessage: message })),
          ],
        }),
        (response) => worstOf(response.responses),
      ),
    )
    .on(
      apis.createPartitions,
      forwarding(
        broker,
        apis.createPartitions,
        (request, error) => ({ throttleTimeMs: 0, results: request.topics.map(({ name }) => ({ name, errorCode: error, errorMessage: message })) }),
        (response) => worstOf(response.results),
      ),
    )
    .on(
      apis.incrementalAlterConfigs,
      forwarding(
        broker,
        apis.incrementalAlterConfigs,
        (request, error) => refuseConfigs(request.resources, error),
        (response) => worstOf(response.responses),
      ),
    )
    .on(
      apis.alterConfigs,
      forwarding(
        broker,
        apis.alterConfigs,
        (request, error) => refuseConfigs(request.resources, error),
        (response) => worstOf(response.responses),
      ),
    )
    .on(
      apis.electLeaders,
      forwarding(
        broker,
        apis.electLeaders,
        (_, error) => ({ throttleTimeMs: 0, errorCode: error, replicaElectionResults: [] }),
        (response) => response.errorCode,
      ),
    );
  routeClusterForwarded(routes, broker);
}

/** What an admin asks about replicas, brokers and the quorum. */
function routeClusterForwarded(routes: Routes, broker: BrokerContext): void {
  routes
    .on(
      apis.alterPartitionReassignments,
      forwarding(
        broker,
        apis.alterPartitionReassignments,
        (_, error) => ({ throttleTimeMs: 0, errorCode: error, errorMessage: message, responses: [] }),
        (response) => response.errorCode,
      ),
    )
    .on(
      apis.listPartitionReassignments,
      forwarding(
        broker,
        apis.listPartitionReassignments,
        (_, error) => ({ throttleTimeMs: 0, errorCode: error, errorMessage: message, topics: [] }),
        (response) => response.errorCode,
      ),
    )
    .on(
      apis.unregisterBroker,
      forwarding(
        broker,
        apis.unregisterBroker,
        (_, error) => ({ throttleTimeMs: 0, errorCode: error, errorMessage: message }),
        (response) => response.errorCode,
      ),
    )
    .on(
      apis.describeQuorum,
      forwarding(
        broker,
        apis.describeQuorum,
        (_, error) => ({ errorCode: error, errorMessage: message, topics: [], nodes: [] }),
        (response) => response.errorCode,
      ),
    );
}

function refuseConfigs(resources: readonly { readonly resourceType: number; readonly resourceName: string }[], errorCode: ErrorCode) {
  return {
    throttleTimeMs: 0,
    responses: resources.map(({ resourceType, resourceName }) => ({ errorCode, errorMessage: message, resourceType, resourceName })),
  };
}
