/**
 * A controller's configuration: the keys of Kafka's server.properties that a controller honours, each declared once.
 * Source: KRaftConfigs, QuorumConfig and ReplicationConfigs of Apache Kafka 4.3.
 */
import type { BrokerId } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { parsed, parseNodeId } from './broker-config.ts';
import { type Endpoint, parseListeners } from './endpoint.ts';
import { bool, type ConfigError, int, long, parseKnobs, short, type ValuesOf, withDefaults } from './knob.ts';

export const controllerKnobs = [
  int('broker.session.timeout.ms', { default: 9000, unit: 'ms', min: 1, doc: 'How long a broker may be silent before it is fenced.' }),
  short('default.replication.factor', { default: 1, min: 1, doc: 'Replicas of a topic that is created without a number.' }),
  int('num.partitions', { default: 1, min: 1, doc: 'Partitions of a topic that is created without a number.' }),
  int('min.insync.replicas', { default: 1, min: 1, doc: 'How many replicas must hold a record before acks=all is answered, where no topic says.' }),
  bool('unclean.leader.election.enable', {
    default: false,
    doc: 'Whether a replica outside the ISR may lead as a last resort, where no topic says.',
  }),
  long('unclean.leader.election.interval.ms', {
    default: 300_000,
    unit: 'ms',
    min: 1,
    doc: 'The time between two searches for leaderless partitions that may take an unclean leader.',
  }),
  bool('auto.leader.rebalance.enable', { default: true, doc: 'Whether leadership goes back to the preferred replica.' }),
  long('leader.imbalance.check.interval.seconds', {
    default: 300,
    unit: 'seconds',
    min: 1,
    doc: 'The time between two searches for partitions that are not led by their preferred replica.',
  }),
  bool('delete.topic.enable', { default: true, doc: 'Whether topics may be deleted.' }),
  int('socket.request.max.bytes', { default: 104_857_600, unit: 'bytes', min: 1, doc: 'The largest request; a longer one closes its connection.' }),
] as const;

export interface ControllerConfig extends ValuesOf<typeof controllerKnobs> {
  readonly nodeId: BrokerId;
  readonly clusterId: string;
  /** Where the listener `controller` is; port 0 takes any free one. */
  readonly listener: Endpoint;
}

/** A configuration made in code: what must be said, and Kafka's defaults for what is not. */
export function controllerConfig(given: Pick<ControllerConfig, 'nodeId' | 'clusterId' | 'listener'> & Partial<ControllerConfig>): ControllerConfig {
  return { ...withDefaults(controllerKnobs), ...given };
}

/** Reads the keys of a server.properties. */
export function parseControllerConfig(texts: ReadonlyMap<string, string>, clusterId: string): Result<ControllerConfig, readonly ConfigError[]> {
  const errors: ConfigError[] = [];
  const values = parseKnobs(controllerKnobs, texts, errors);
  const nodeId = parseNodeId(texts, errors);
  const listener = (parsed(texts, ['listeners'], parseListeners, errors) ?? [{ name: 'CONTROLLER', host: '', port: 9093 }])[0];
  if (errors.length > 0 || nodeId === undefined || listener === undefined) return failed(errors);
  return ok(controllerConfig({ ...values, nodeId, clusterId, listener }));
}
