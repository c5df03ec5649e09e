/** Configurations of the nodes of a server: what it decides itself, what the user's server.properties says, and defaults that fit the number of brokers. */
import { type BrokerConfig, parseBrokerConfig, placeKeys } from '../kafka/config/broker-config.ts';
import { type ControllerConfig, controllerKnobs, parseControllerConfig } from '../kafka/config/controller-config.ts';
import { failed, ok, type Result } from '../model/result.ts';

export interface Places {
  readonly clusterId: string;
  readonly host: string;
  /** Of the brokers, by id. */
  readonly ports: ReadonlyMap<number, number>;
  readonly controller: { readonly id: number; readonly host: string; readonly port: number };
}

export interface Settings {
  readonly controller: ControllerConfig;
  readonly brokers: readonly BrokerConfig[];
  /** Keys of the user's that mean nothing here, or that the server sets itself. */
  readonly ignored: readonly string[];
}

/** `given`: the user's keys. Answers the configurations, or what is wrong with the keys and how to mend it. */
export function settingsOf({ clusterId, host, ports, controller }: Places, given: ReadonlyMap<string, string>): Result<Settings, string> {
  // Kafka's default of 3 would leave a smaller cluster without groups: it refuses to create the topic until there are so many brokers.
  const replicas = String(Math.min(3, ports.size));
  const defaults = new Map([
    ['default.replication.factor', replicas],
    ['offsets.topic.replication.factor', replicas],
  ]);
  // Places are the server's to give, whatever a file says.
  const chosen = [...given].filter(([key]) => !placeKeys.has(key));
  const voters = `${controller.id}@${controller.host}:${controller.port}`;
  const texts = (id: number, listener: string) =>
    new Map([...defaults, ...chosen, ['node.id', String(id)], ['listeners', listener], ['controller.quorum.voters', voters]]);
  const ofController = parseControllerConfig(texts(controller.id, `CONTROLLER://${controller.host}:${controller.port}`), clusterId);
  const ofBrokers = Array.from(ports, ([id, port]) => parseBrokerConfig(texts(id, `PLAINTEXT://${host}:${port}`), clusterId));
  const problems = new Set<string>();
  for (const each of [ofController, ...ofBrokers])
    if (!each.ok) for (const { key, value, remedy } of each.error) problems.add(`${key}=${value ?? ''}: ${remedy}`);
  if (!ofController.ok || problems.size > 0) return failed([...problems].join('; '));
  const brokers = ofBrokers.flatMap((each) => (each.ok ? [each.value] : []));
  const unknown = (brokers[0]?.ignored ?? []).filter((key) => !controllerKnobs.some((knob) => knob.key === key));
  return ok({
    controller: ofController.value,
    brokers: brokers.map(({ config }) => config),
    ignored: [...given.keys()].filter((key) => placeKeys.has(key) || unknown.includes(key)),
  });
}
