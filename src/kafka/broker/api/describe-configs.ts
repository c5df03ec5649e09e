/**
 * DescribeConfigs (32) and ListConfigResources (74): effective values, where they come from, and what they hide.
 * Owns the order of sources; the keys are declared in `config`, overrides are the image's. Source: ConfigHelper, KIP-226.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { DescribeConfigsRequest, DescribeConfigsResponseInput } from '../../../protocol/messages/describe-configs.ts';
import type { ListConfigResourcesRequest, ListConfigResourcesResponseInput } from '../../../protocol/messages/list-config-resources.ts';
import { type BrokerConfig, brokerKnobs } from '../../config/broker-config.ts';
import { printControllers, printListeners } from '../../config/endpoint.ts';
import { type AnyKnob, KnobType, propertyOf } from '../../config/knob.ts';
import { topicKnobs } from '../../config/topic-config.ts';
import { ConfigResourceType } from '../../metadata/registration.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { isLegalTopicName } from '../auto-create.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';

type Asked = DescribeConfigsRequest['resources'][number];
type Result = DescribeConfigsResponseInput['results'][number];
type Config = Result['configs'][number];

/** DescribeConfigsResponse.ConfigSource. */
const Source = { topic: 1, broker: 2, cluster: 3, static: 4, default: 5 } as const;

interface Synonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

export function handleDescribeConfigs(
  broker: BrokerContext,
  context: RequestContext<DescribeConfigsResponseInput>,
  request: DescribeConfigsRequest,
): void {
  let error: number = ErrorCode.NONE;
  const results = request.resources.map((asked): Result => {
    const described = describe(broker, asked);
    error = worst(error, described.errorCode);
    const wanted = asked.configurationKeys;
    const configs = described.configs
      .filter((config) => wanted === null || wanted.length === 0 || wanted.includes(config.name))
      .map((config) => ({
        ...config,
        synonyms: request.includeSynonyms ? (config.synonyms ?? []) : [],
        documentation: request.includeDocumentation ? (config.documentation ?? null) : null,
      }));
    return { ...described, configs };
  });
  answer(broker, context, { throttleTimeMs: 0, results }, error);
}

export function handleListConfigResources(
  broker: BrokerContext,
  context: RequestContext<ListConfigResourcesResponseInput>,
  request: ListConfigResourcesRequest,
): void {
  const supported: readonly number[] = [ConfigResourceType.TOPIC, ConfigResourceType.BROKER];
  // Version 0 only knew client metrics, of which there are none.
  const wanted = context.apiVersion === 0 ? [] : request.resourceTypes.length === 0 ? supported : request.resourceTypes;
  const unsupported = wanted.some(
    (type) => !supported.includes(type) && type !== ConfigResourceType.CLIENT_METRICS && type !== ConfigResourceType.GROUP,
  );
  const errorCode = unsupported ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.NONE;
  const topics = wanted.includes(ConfigResourceType.TOPIC) ? [...broker.image.topics.keys()] : [];
  const brokers = wanted.includes(ConfigResourceType.BROKER) ? [...broker.image.brokers.keys()].map(String) : [];
  const configResources = unsupported
    ? []
    : [
        ...topics.map((resourceName) => ({ resourceName, resourceType: ConfigResourceType.TOPIC })),
        ...brokers.map((resourceName) => ({ resourceName, resourceType: ConfigResourceType.BROKER })),
      ];
  answer(broker, context, { throttleTimeMs: 0, errorCode, configResources }, errorCode);
}

function describe(broker: BrokerContext, asked: Asked): Result {
  const { resourceType, resourceName } = asked;
  const result = (errorCode: ErrorCode, errorMessage: string | null, configs: readonly Config[]): Result => ({
    errorCode,
    errorMessage,
    resourceType,
    resourceName,
    configs,
  });
  if (resourceType === ConfigResourceType.TOPIC) {
    if (!isLegalTopicName(resourceName)) return result(ErrorCode.INVALID_TOPIC_EXCEPTION, null, []);
    if (broker.image.topicByName(resourceName) === undefined) return result(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null, []);
    return result(ErrorCode.NONE, null, topicConfigs(broker, resourceName));
  }
  if (resourceType === ConfigResourceType.BROKER) {
    const own = resourceName === '' || resourceName === String(broker.config.nodeId);
    if (!own) return result(ErrorCode.INVALID_REQUEST, `Unexpected broker id, expected ${broker.config.nodeId} but received ${resourceName}`, []);
    return result(ErrorCode.NONE, null, brokerConfigs(broker, resourceName === ''));
  }
  return result(ErrorCode.INVALID_REQUEST, `Unsupported resource type: ${resourceType}`, []);
}

/** The values of one key from the strongest source to the default; the first counts. */
function config(knob: AnyKnob, readOnly: boolean, synonyms: readonly Synonym[], emptySource: number): Config {
  const first = synonyms[0];
  return {
    name: knob.key,
    value: first?.value ?? null,
    readOnly,
    configSource: first?.source ?? emptySource,
    isSensitive: false,
    synonyms,
    configType: KnobType[knob.type],
    documentation: knob.doc,
  };
}

function topicConfigs(broker: BrokerContext, topic: string): readonly Config[] {
  const overrides = broker.image.topicConfig(topic);
  // What Kafka keeps for its own tests is told only where somebody set it (AbstractConfig.nonInternalValues).
  const shown = (topicKnobs as readonly AnyKnob[]).filter((knob) => !knob.key.startsWith('internal.') || overrides.has(knob.key));
  return shown.map((knob) => {
    const own = overrides.get(knob.key);
    const synonyms = own === undefined ? [] : [{ name: knob.key, value: own, source: Source.topic }];
    return config(knob, false, [...synonyms, ...brokerSynonyms(broker, knob)], Source.default);
  });
}

/** What a topic's key falls back on: dynamic broker configs, then what the broker was started with, then the default. */
function brokerSynonyms(broker: BrokerContext, knob: AnyKnob): readonly Synonym[] {
  const { image, config: own } = broker;
  const found: Synonym[] = [];
  for (const { key } of knob.synonyms) {
    const mine = image.brokerConfig(own.nodeId).get(key);
    if (mine !== undefined) found.push({ name: key, value: mine, source: Source.broker });
    const everybodys = image.clusterConfig().get(key);
    if (everybodys !== undefined) found.push({ name: key, value: everybodys, source: Source.cluster });
    if (own.stated.has(key)) found.push({ name: key, value: knob.print(configured(own.topicDefaults, knob)), source: Source.static });
  }
  const name = knob.synonyms[0]?.key ?? knob.key;
  if (knob.default !== undefined) found.push({ name, value: knob.print(knob.default), source: Source.default });
  return found;
}

function brokerConfigs(broker: BrokerContext, clusterWide: boolean): readonly Config[] {
  const { image, config: own } = broker;
  if (clusterWide) {
    return [...image.clusterConfig()].map(([name, value]) => dynamic(name, value, Source.cluster));
  }
  const fixed = (brokerKnobs as readonly AnyKnob[]).map((knob) => {
    const synonyms: Synonym[] = [];
    if (own.stated.has(knob.key)) synonyms.push({ name: knob.key, value: knob.print(configured(own, knob)), source: Source.static });
    if (knob.default !== undefined) synonyms.push({ name: knob.key, value: knob.print(knob.default), source: Source.default });
    return config(knob, knob.dynamic === undefined, synonyms, Source.default);
  });
  const topics = (topicKnobs as readonly AnyKnob[]).flatMap((knob) => {
    const key = knob.synonyms[0]?.key;
    return key === undefined ? [] : [{ ...config(knob, false, brokerSynonyms(broker, knob), Source.default), name: key }];
  });
  return [...identity(own), ...fixed, ...topics];
}

const identity = (own: BrokerConfig): readonly Config[] => [
  stated('node.id', String(own.nodeId), KnobType.int),
  stated('listeners', printListeners(own.listeners), KnobType.list),
  stated('advertised.listeners', own.advertisedListeners === undefined ? null : printListeners(own.advertisedListeners), KnobType.list),
  stated('controller.quorum.bootstrap.servers', printControllers(own.controllerQuorumBootstrapServers), KnobType.list),
  stated('log.dirs', own.logDirs.join(','), KnobType.list),
];

const stated = (name: string, value: string | null, configType: number): Config => ({
  name,
  value,
  readOnly: true,
  configSource: Source.static,
  isSensitive: false,
  synonyms: [{ name, value, source: Source.static }],
  configType,
});

const dynamic = (name: string, value: string, source: number): Config => ({
  name,
  value,
  readOnly: false,
  configSource: source,
  isSensitive: false,
  synonyms: [{ name, value, source }],
  configType: KnobType.string,
});

/** A typed record's value for a knob, whose name is the key's in camel case. */
const configured = (values: object, knob: AnyKnob): unknown => (values as Readonly<Record<string, unknown>>)[propertyOf(knob.key)];
