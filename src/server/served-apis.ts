/** Every API that a broker or a controller of this program serves, by key: asked of nodes that are made and never started. */
import { realWorld } from '../io/real/real-world.ts';
import { Broker } from '../kafka/broker/broker.ts';
import { brokerConfig } from '../kafka/config/broker-config.ts';
import { controllerConfig } from '../kafka/config/controller-config.ts';
import { Controller } from '../kafka/controller/controller.ts';
import { kafkaRules } from '../kafka/rules/rules.ts';
import { brokerId } from '../model/brand.ts';
import type { Api } from '../protocol/apis.ts';

export interface ServedApi {
  readonly api: Api;
  readonly onBroker: boolean;
  readonly onController: boolean;
}

export function servedApis(): readonly ServedApi[] {
  const world = realWorld({ disks: new Map() });
  const [clusterId, host] = ['none', 'localhost'];
  const controllers = [{ id: brokerId(1000), host, port: 0 }];
  const listeners = [{ name: 'PLAINTEXT', host, port: 0 }];
  const ofBroker = new Set(
    new Broker(world, brokerConfig({ nodeId: brokerId(1), clusterId, listeners, controllerQuorumBootstrapServers: controllers }), kafkaRules).apis,
  );
  const listener = { name: 'CONTROLLER', host, port: 0 };
  const ofController = new Set(new Controller(world, controllerConfig({ nodeId: brokerId(1000), clusterId, listener }), kafkaRules).apis);
  world.close();
  const all = [...new Set([...ofBroker, ...ofController])].sort((a, b) => a.key - b.key);
  return all.map((api) => ({ api, onBroker: ofBroker.has(api), onController: ofController.has(api) }));
}
