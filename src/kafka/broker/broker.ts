/**
 * One broker node: opens its logs, joins the cluster, serves clients and other brokers, and leaves in order.
 */
import type { World } from '../../io/world.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { Rules } from '../rules/rules.ts';

export declare class Broker {
  constructor(world: World, config: BrokerConfig, rules: Rules);
  /** The port of the first listener once it is bound, 0 before. */
  get port(): number;
  /** Opens the logs, registers, catches up, serves. The event `running` tells when it is unfenced. */
  start(): void;
  /** Controlled shutdown, then closes the logs and writes the clean-shutdown marker; `done` comes when the node holds nothing any more. */
  shutDown(done?: () => void): void;
}
