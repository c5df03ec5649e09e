/**
 * What the handlers of requests share: the broker's parts, seen through one interface. Owns nothing.
 */
import type { World } from '../../io/world.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { GroupCoordinator } from '../coordinator/group/coordinator.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { MetadataImage } from '../metadata/metadata-image.ts';
import type { Partition } from '../replication/partition.ts';
import type { ReplicaManager } from '../replication/replica-manager.ts';
import type { RequestContext } from '../rpc/server.ts';
import type { Rules } from '../rules/rules.ts';
import type { ControllerLink } from './controller-link.ts';
import type { FetchSessions } from './fetch-sessions.ts';
import type { ProducerIds } from './producer-ids.ts';
import type { Purgatory } from './purgatory.ts';

export interface BrokerContext {
  readonly world: World;
  /** The broker has let go of the cluster: nothing is to be tried again. */
  readonly stopped: boolean;
  readonly config: BrokerConfig;
  readonly rules: Rules;
  readonly image: MetadataImage;
  readonly logs: Pick<LogManager, 'contents'>;
  readonly replicas: ReplicaManager;
  readonly producePurgatory: Purgatory<Partition>;
  readonly fetchPurgatory: Purgatory<Partition>;
  readonly deletePurgatory: Purgatory<Partition>;
  readonly fetchSessions: FetchSessions;
  readonly producerIds: ProducerIds;
  readonly groups: GroupCoordinator;
  /** To the active controller, for what clients asked; answers come in the lane `requests`. */
  readonly controller: ControllerLink;
}

/** Answers a request and tells the observers; `error` is the worst error in the answer. */
export function answer<Response>(broker: BrokerContext, context: RequestContext<Response>, response: Response, error: number): void {
  context.respond(response);
  broker.world.observe({ type: 'answered', apiKey: context.apiKey, error });
}

/** The first error, or NONE. */
export const worst = (a: number, b: number): number => (a === 0 ? b : a);
