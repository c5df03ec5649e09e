/**
 * IncrementalAlterConfigs and AlterConfigs: overrides of topics, and the few dynamic configs of brokers that somebody honours.
 * Owns the checks and the records. Source: ConfigurationControlManager; KIP-966 for what a change of min.insync.replicas does.
 */
import { brokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { AlterConfigsRequest, AlterConfigsResponseInput } from '../../protocol/messages/alter-configs.ts';
import type { IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponseInput } from '../../protocol/messages/incremental-alter-configs.ts';
import { brokerKnobs } from '../config/broker-config.ts';
import type { AnyKnob } from '../config/knob.ts';
import { topicConfigProblem, topicKnob } from '../config/topic-config.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import { ConfigResourceType } from '../metadata/registration.ts';
import { minInsyncReplicasKey, uncleanElectionKey } from '../metadata/topic-settings.ts';
import type { ControllerState, Outcome } from './controller-state.ts';

export interface ApiProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

const Operation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;
/** Broker keys of the whole cluster that the controller itself goes by. */
const clusterKeys: ReadonlySet<string> = new Set([minInsyncReplicasKey, uncleanElectionKey]);
const invalid = (message: string): ApiProblem => ({ code: ErrorCode.INVALID_CONFIG, message });

interface Change {
  readonly name: string;
  /** null takes the override away. */
  readonly value: string | null;
}

export function incrementalAlterConfigs(
  state: ControllerState,
  request: IncrementalAlterConfigsRequest,
): Outcome<IncrementalAlterConfigsResponseInput> {
  const { responses, records } = alterEach(state, request.resources, (resource) => {
    const changes: Change[] = [];
    for (const config of resource.configs) {
      if (changes.some((change) => change.name === config.name))
        return failed({ code: ErrorCode.INVALID_REQUEST, message: `Error due to duplicate config keys: ${config.name}` });
      const value = operated(state, resource.resourceType, resource.resourceName, config);
      if (!value.ok) return value;
      changes.push({ name: config.name, value: value.value });
    }
    return ok(changes);
  });
  return { response: { throttleTimeMs: 0, responses }, records: request.validateOnly ? [] : records };
}

/** The old form: what is not named goes back to its default. */
export function alterConfigs(state: ControllerState, request: AlterConfigsRequest): Outcome<AlterConfigsResponseInput> {
  const { responses, records } = alterEach(state, request.resources, (resource) => {
    const changes: Change[] = [];
    for (const { name, value } of resource.configs) {
      if (value === null) return failed(invalid(`Null value not supported for : ${name}`));
      changes.push({ name, value });
    }
    for (const [name] of state.image.config(resource.resourceType as ConfigResourceType, resource.resourceName))
      if (!changes.some((change) => change.name === name)) changes.push({ name, value: null });
    return ok(changes);
  });
  return { response: { throttleTimeMs: 0, responses }, records: request.validateOnly ? [] : records };
}

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}
interface ResourceAnswer extends Resource {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
}

function alterEach<R extends Resource>(
  state: ControllerState,
  resources: readonly R[],
  changesOf: (resource: R) => Result<readonly Change[], ApiProblem>,
): { readonly responses: readonly ResourceAnswer[]; readonly records: readonly MetadataRecord[] } {
  const responses: ResourceAnswer[] = [];
  const records: MetadataRecord[] = [];
  const seen = new Set<string>();
  for (const resource of resources) {
    const { resourceType, resourceName } = resource;
    const key = `${resourceType} ${resourceName}`;
    const result = seen.has(key)
      ? failed({ code: ErrorCode.INVALID_REQUEST, message: 'Each resource must appear at most once.' })
      : alter(state, resource, changesOf);
    seen.add(key);
    if (result.ok) records.push(...result.value);
    responses.push({
      resourceType,
      resourceName,
      errorCode: result.ok ? ErrorCode.NONE : result.error.code,
      errorMessage: result.ok ? null : result.error.message,
    });
  }
  return { responses, records };
}

function alter<R extends Resource>(
  state: ControllerState,
  resource: R,
  changesOf: (resource: R) => Result<readonly Change[], ApiProblem>,
): Result<readonly MetadataRecord[], ApiProblem> {
  const { resourceName } = resource;
  const unknown = resourceProblem(state, resource);
  if (unknown !== undefined) return failed(unknown);
  const resourceType = resource.resourceType as ConfigResourceType;
  const changes = changesOf(resource);
  if (!changes.ok) return changes;
  const current = state.image.config(resourceType, resourceName);
  const records: MetadataRecord[] = [];
  for (const { name, value } of changes.value) {
    const wrong =
      (value === null ? undefined : configProblem(resourceType, resourceName, name, value)) ??
      elrProblem(state, resourceType, resourceName, name, value);
    if (wrong !== undefined) return failed(wrong);
    // Kafka writes a record even where nothing changes, but for the removal of what is not there.
    if (value === null && !current.has(name)) continue;
    records.push({ type: 'config', value: { resourceType, resourceName, name, value } });
    if (name === minInsyncReplicasKey && state.elrEnabled)
      records.push({ type: 'clearElr', value: { topicName: resourceType === ConfigResourceType.TOPIC ? resourceName : '' } });
  }
  return ok(records);
}

function resourceProblem(state: ControllerState, { resourceType, resourceName }: Resource): ApiProblem | undefined {
  if (resourceType === ConfigResourceType.TOPIC)
    return state.image.topicByName(resourceName) === undefined
      ? { code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message: `The topic '${resourceName}' does not exist.` }
      : undefined;
  if (resourceType !== ConfigResourceType.BROKER)
    return { code: ErrorCode.INVALID_REQUEST, message: `Configs of resource type ${resourceType} cannot be altered here.` };
  if (resourceName === '') return undefined;
  if (!/^\d{1,9}$/.test(resourceName))
    return { code: ErrorCode.INVALID_REQUEST, message: `Unable to parse broker name '${resourceName}' as a number.` };
  return state.image.brokers.has(brokerId(Number(resourceName)))
    ? undefined
    : { code: ErrorCode.BROKER_ID_NOT_REGISTERED, message: `Broker ${resourceName} is not registered.` };
}

/** What is wrong with a value of a resource that exists; names the key. */
export function configProblem(resourceType: ConfigResourceType, resourceName: string, name: string, value: string): ApiProblem | undefined {
  if (resourceType === ConfigResourceType.TOPIC) {
    const wrong = topicConfigProblem(name, value);
    return wrong === undefined ? undefined : invalid(wrong);
  }
  const knob = dynamicKnob(name, resourceName);
  if (knob === undefined) return invalid(`Cannot update these configs dynamically: ${name}`);
  const parsed = knob.parse(value);
  return parsed.ok ? undefined : invalid(`Invalid value ${value} for configuration ${name}: ${parsed.error}`);
}

function dynamicKnob(name: string, resourceName: string): AnyKnob | undefined {
  if (clusterKeys.has(name)) return resourceName === '' || name === minInsyncReplicasKey ? topicKnob(name) : undefined;
  const knob = (brokerKnobs as readonly AnyKnob[]).find((candidate) => candidate.key === name);
  if (knob?.dynamic === undefined) return undefined;
  return resourceName === '' || knob.dynamic === 'per-broker' ? knob : undefined;
}

/** Eligibility is judged by one min.insync.replicas for the cluster, which must always be known. */
function elrProblem(
  state: ControllerState,
  resourceType: ConfigResourceType,
  resourceName: string,
  name: string,
  value: string | null,
): ApiProblem | undefined {
  if (!state.elrEnabled || resourceType !== ConfigResourceType.BROKER || name !== minInsyncReplicasKey) return undefined;
  if (resourceName !== '') return invalid(`Broker-level ${minInsyncReplicasKey} cannot be altered while ELR is enabled.`);
  return value === null ? invalid(`Cluster-level ${minInsyncReplicasKey} cannot be removed while ELR is enabled.`) : undefined;
}

/** The value after a SET, DELETE, APPEND or SUBTRACT; null takes the override away. */
function operated(
  state: ControllerState,
  resourceType: number,
  resourceName: string,
  config: { readonly name: string; readonly configOperation: number; readonly value: string | null },
): Result<string | null, ApiProblem> {
  const { name, configOperation, value } = config;
  if (configOperation === Operation.DELETE) return ok(null);
  if (value === null) return failed(invalid(`Null value not supported for : ${name}`));
  if (configOperation === Operation.SET) return ok(value);
  if (configOperation !== Operation.APPEND && configOperation !== Operation.SUBTRACT)
    return failed({ code: ErrorCode.INVALID_REQUEST, message: `Unknown operation type ${configOperation} for configuration ${name}` });
  const knob = topicKnob(name);
  if (knob?.type !== 'list')
    return failed(invalid(`Can't ${configOperation === Operation.APPEND ? 'APPEND to' : 'SUBTRACT from'} key ${name} because its type is not LIST.`));
  const text = state.image.config(resourceType as ConfigResourceType, resourceName).get(name) ?? knob.print(knob.default);
  const words = text.split(',').filter((word) => word !== '');
  const given = value.split(',').filter((word) => word !== '');
  const next =
    configOperation === Operation.APPEND
      ? [...words, ...given.filter((word) => !words.includes(word))]
      : words.filter((word) => !given.includes(word));
  return ok(next.join(','));
}
