/**
 * A controller node: serves the listener `controller`, runs the metadata log and the state machine over it, watches broker sessions.
 */
import type { World } from '../../io/world.ts';
import type { ControllerConfig } from '../config/controller-config.ts';
import type { ControllerRules } from '../rules/controller.ts';

export declare class Controller {
  constructor(world: World, config: ControllerConfig, rules: { readonly controller: ControllerRules });
  start(): void;
  /** Ends in order: no new requests, files closed. */
  shutDown(): void;
}
