/**
 * Kafka's admin client: topics, partitions, configurations, the cluster. Owns the messages and what each item of an answer means; asking
 * again is admin-call.ts. An error of one item is its own result, as in KafkaAdminClient. Lane: requests.
 */
import type { World } from '../../io/world.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { splitTopicPartition, type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { apis } from '../../protocol/apis.ts';
import type { CreateTopicsResponse } from '../../protocol/messages/create-topics.ts';
import type { DescribeClusterResponse } from '../../protocol/messages/describe-cluster.ts';
import type { DescribeConfigsResponse } from '../../protocol/messages/describe-configs.ts';
import type { DescribeLogDirsResponse } from '../../protocol/messages/describe-log-dirs.ts';
import type { MetadataResponse } from '../../protocol/messages/metadata.ts';
import type { Channel } from '../rpc/channel.ts';
import { type Addressee, AdminCalls } from './admin-call.ts';
import { ClusterView } from './cluster-view.ts';
import type { AdminConfig } from './config.ts';
import { type OffsetAnswer, offsetLookup } from './offset-questions.ts';
import { type ClientRules, errorOfRpc, kafkaClientRules } from './rules.ts';

/** A topic to be made: by numbers (-1 for the broker's default), or by naming the replicas of each partition. */
export interface NewTopic {
  readonly name: string;
  readonly numPartitions?: number;
  readonly replicationFactor?: number;
  readonly assignments?: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[];
  readonly configs?: ReadonlyMap<string, string>;
}

export interface MorePartitions {
  readonly name: string;
  /** The new total. */
  readonly count: number;
  /** Replicas of each added partition. */
  readonly assignments?: readonly (readonly number[])[];
}

/** A log directory of a broker, and the partitions of which it holds replicas there. */
export interface DescribedLogDir {
  readonly name: string;
  readonly replicas: readonly TopicPartition[];
}

/** ConfigResource.Type */
export const ResourceType = { topic: 2, broker: 4 } as const;
export type ResourceType = (typeof ResourceType)[keyof typeof ResourceType];
/** AlterConfigOp.OpType */
export const AlterOperation = { set: 0, delete: 1, append: 2, subtract: 3 } as const;
export type AlterOperation = (typeof AlterOperation)[keyof typeof AlterOperation];

export interface ConfigResource {
  readonly type: ResourceType;
  /** A topic's name or a broker's id. */
  readonly name: string;
}
export interface ConfigChange extends ConfigResource {
  readonly configs: readonly { readonly name: string; readonly operation: AlterOperation; readonly value: string | null }[];
}

/** ElectionType.PREFERRED */
const preferredElection = 0;

/** What became of one item; `error` is a Kafka error code, 0 for none. */
export interface ItemResult<T = undefined> {
  readonly name: string;
  readonly error: number;
  readonly message: string | null;
  readonly value: T;
}
export type ItemsDone<T = undefined> = (results: readonly ItemResult<T>[]) => void;
export type CreatedTopic = CreateTopicsResponse['topics'][number];
export type TopicDescription = MetadataResponse['topics'][number];
export type ConfigDescription = DescribeConfigsResponse['results'][number];

interface ItemError {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
type RpcError = Parameters<typeof errorOfRpc>[0];
/** The error of a whole request, and what it says of each partition. */
type PartitionsAnswer = readonly [errorCode: number, partitions: readonly ItemError[]];

/** Asks for some items at once; answers items, or one error for all. */
type ItemsAttempt<I, T> = (
  channel: Channel,
  items: readonly I[],
  timeoutMs: number,
  done: (result: Result<readonly ItemResult<T>[], number>) => void,
) => void;

export class Admin {
  readonly #config: AdminConfig;
  readonly #rules: ClientRules;
  readonly #cluster: ClusterView;
  readonly #calls: AdminCalls;
  readonly #offsets: ReturnType<typeof offsetLookup>;

  /** `name` is stable over runs and keys timers and randomness; the client id by default. */
  constructor(world: World, config: AdminConfig, rules: ClientRules = kafkaClientRules, name = config.clientId) {
    this.#config = config;
    this.#rules = rules;
    this.#cluster = new ClusterView(world, config, rules, {
      name,
      maxInFlight: 1,
      allowAutoTopicCreation: false,
      updated: () => this.#calls.updated(),
    });
    this.#calls = new AdminCalls(world, this.#cluster, config, rules, name);
    this.#offsets = offsetLookup(world, this.#cluster, config, rules, name);
  }

  createTopics(topics: readonly NewTopic[], done: ItemsDone<CreatedTopic | undefined>, options: { readonly validateOnly?: boolean } = {}): void {
    const attempt: ItemsAttempt<NewTopic, CreatedTopic | undefined> = (channel, items, timeoutMs, answered) => {
      const body = { topics: items.map(creatable), timeoutMs: this.#serverTimeoutMs(timeoutMs), validateOnly: options.validateOnly ?? false };
      channel.send(apis.createTopics, body, (result) =>
        answered(itemsOf(result, (response) => response.topics.map((topic) => ({ ...outcome(topic.name, topic), value: topic })))),
      );
    };
    this.#eachOf('controller', topics, (topic) => topic.name, attempt, undefined, done);
  }

  deleteTopics(names: readonly string[], done: ItemsDone): void {
    const attempt: ItemsAttempt<string, undefined> = (channel, items, timeoutMs, answered) => {
      const body = (version: number) => ({
        ...(version >= 6 ? { topics: items.map((name) => ({ name })) } : { topicNames: items }),
        timeoutMs: this.#serverTimeoutMs(timeoutMs),
      });
      channel.send(apis.deleteTopics, body, (result) =>
        answered(itemsOf(result, (response) => response.responses.map((topic) => ({ ...outcome(topic.name ?? '', topic), value: undefined })))),
      );
    };
    this.#eachOf('controller', names, (name) => name, attempt, undefined, done);
  }

  createPartitions(topics: readonly MorePartitions[], done: ItemsDone, options: { readonly validateOnly?: boolean } = {}): void {
    const attempt: ItemsAttempt<MorePartitions, undefined> = (channel, items, timeoutMs, answered) => {
      const body = {
        topics: items.map(({ name, count, assignments }) => ({
          name,
          count,
          assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
        })),
        timeoutMs: this.#serverTimeoutMs(timeoutMs),
        validateOnly: options.validateOnly ?? false,
      };
      channel.send(apis.createPartitions, body, (result) =>
        answered(itemsOf(result, (response) => response.results.map((topic) => ({ ...outcome(topic.name, topic), value: undefined })))),
      );
    };
    this.#eachOf('controller', topics, (topic) => topic.name, attempt, undefined, done);
  }

  /** Gives a partition these replicas, the preferred leader first (KIP-455); `done` when the controller took it, which is before it is complete. */
  reassignPartition(partition: TopicPartition, replicas: readonly number[], done: (error: number) => void): void {
    const { topic, index } = splitTopicPartition(partition);
    const topics = [{ name: topic, partitions: [{ partitionIndex: index, replicas }] }];
    this.#ofPartition(partition, done, (channel, timeoutMs, answered) =>
      channel.send(apis.alterPartitionReassignments, { timeoutMs, topics }, (result) =>
        answered(result.ok ? ok([result.value.errorCode, result.value.responses.flatMap((each) => each.partitions)]) : result),
      ),
    );
  }

  /** The log directories of a broker that work; none after an error. */
  describeLogDirs(broker: number, done: (directories: readonly DescribedLogDir[]) => void): void {
    this.#calls.make<readonly DescribedLogDir[]>(
      broker,
      (channel, _, answered) =>
        channel.send(apis.describeLogDirs, { topics: null }, (result) =>
          answered(
            result.ok
              ? ok(result.value.results.filter(({ errorCode }) => errorCode === ErrorCode.NONE).map(described))
              : failed(errorOfRpc(result.error)),
          ),
        ),
      (result) => done(result.ok ? result.value : []),
    );
  }

  /** Moves the replica that a broker holds to another of its log directories (KIP-113); `done` when it has begun. */
  alterReplicaLogDir(partition: TopicPartition, broker: number, directory: string, done: (error: number) => void): void {
    const { topic, index } = splitTopicPartition(partition);
    const dirs = [{ path: directory, topics: [{ name: topic, partitions: [index] }] }];
    this.#calls.make<undefined>(
      broker,
      (channel, _, answered) =>
        channel.send(apis.alterReplicaLogDirs, { dirs }, (result) => {
          const error = result.ok ? (result.value.results[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR) : errorOfRpc(result.error);
          answered(error === ErrorCode.NONE ? ok(undefined) : failed(error));
        }),
      (result) => done(result.ok ? ErrorCode.NONE : result.error),
    );
  }

  /** Lets the first of its replicas lead a partition, if it is in sync (KIP-460). */
  electPreferredLeader(partition: TopicPartition, done: (error: number) => void): void {
    const { topic, index } = splitTopicPartition(partition);
    const topicPartitions = [{ topic, partitions: [index] }];
    this.#ofPartition(partition, done, (channel, timeoutMs, answered) =>
      channel.send(apis.electLeaders, { electionType: preferredElection, topicPartitions, timeoutMs }, (result) =>
        answered(result.ok ? ok([result.value.errorCode, result.value.replicaElectionResults.flatMap((each) => each.partitionResult)]) : result),
      ),
    );
  }

  /** All keys of each resource. The resources of one call are of one kind, and brokers are described by themselves: one a call. */
  describeConfigs(resources: readonly ConfigResource[], done: ItemsDone<ConfigDescription | undefined>): void {
    const attempt: ItemsAttempt<ConfigResource, ConfigDescription | undefined> = (channel, items, _, answered) => {
      const body = { resources: items.map(({ type, name }) => ({ resourceType: type, resourceName: name, configurationKeys: null })) };
      channel.send(apis.describeConfigs, body, (result) =>
        answered(itemsOf(result, (response) => response.results.map((each) => ({ ...outcome(each.resourceName, each), value: each })))),
      );
    };
    this.#eachOf(ownerOf(resources), resources, (resource) => resource.name, attempt, undefined, done);
  }

  /** As describeConfigs: one kind of resource a call, one broker a call. */
  incrementalAlterConfigs(changes: readonly ConfigChange[], done: ItemsDone, options: { readonly validateOnly?: boolean } = {}): void {
    const attempt: ItemsAttempt<ConfigChange, undefined> = (channel, items, _, answered) => {
      const resources = items.map(({ type, name, configs }) => ({
        resourceType: type,
        resourceName: name,
        configs: configs.map((config) => ({ name: config.name, configOperation: config.operation, value: config.value })),
      }));
      channel.send(apis.incrementalAlterConfigs, { resources, validateOnly: options.validateOnly ?? false }, (result) =>
        answered(itemsOf(result, (response) => response.responses.map((each) => ({ ...outcome(each.resourceName, each), value: undefined })))),
      );
    };
    this.#eachOf(ownerOf(changes), changes, (change) => change.name, attempt, undefined, done);
  }

  describeCluster(done: (result: Result<DescribeClusterResponse, number>) => void): void {
    this.#calls.make(
      'any',
      (channel, _, answered) =>
        channel.send(apis.describeCluster, { includeClusterAuthorizedOperations: false }, (result) => answered(topLevel(result))),
      done,
    );
  }

  /** Partitions, leaders, replicas and ISRs; of all topics when no names are given. A topic that is not there has error 3. */
  describeTopics(names: readonly string[] | undefined, done: (result: Result<readonly TopicDescription[], number>) => void): void {
    const topics = names?.map((name) => ({ name })) ?? null;
    this.#calls.make<readonly TopicDescription[]>(
      'any',
      (channel, _, answered) =>
        channel.send(apis.metadata, { topics, allowAutoTopicCreation: false }, (result) => {
          const response = topLevel(result);
          answered(response.ok ? ok(response.value.topics) : response);
        }),
      done,
    );
  }

  /** For each partition the offset of a timestamp (offset-questions.ts names the special ones), or a Kafka error code. */
  listOffsets(
    questions: ReadonlyMap<TopicPartition, number>,
    done: (offsets: ReadonlyMap<TopicPartition, Result<OffsetAnswer, number>>) => void,
  ): void {
    const targets = [...questions].map(([partition, timestampMs]) => ({ ...splitTopicPartition(partition), timestampMs }));
    const answers = new Map<TopicPartition, Result<OffsetAnswer, number>>();
    if (targets.length === 0) done(answers);
    this.#offsets.ask(targets, this.#config.defaultApiTimeoutMs, ({ topic, index }, result) => {
      answers.set(topicPartition(topic, index), result);
      if (answers.size === targets.length) done(answers);
    });
  }

  /** Ends what is under way, then the connections. Idempotent. */
  close(): void {
    this.#calls.close();
    this.#offsets.close();
    this.#cluster.close();
  }

  /** A server waits no longer than we do. */
  #serverTimeoutMs(leftMs: number): number {
    return Math.min(leftMs, this.#config.requestTimeoutMs);
  }

  /** Asks the controller for something of one partition, whose error is its own, or that of the whole request. */
  #ofPartition(
    partition: TopicPartition,
    done: (error: number) => void,
    ask: (channel: Channel, timeoutMs: number, answered: (result: Result<PartitionsAnswer, RpcError>) => void) => void,
  ): void {
    const attempt: ItemsAttempt<TopicPartition, undefined> = (channel, _, timeoutMs, answered) =>
      ask(channel, this.#serverTimeoutMs(timeoutMs), (result) =>
        answered(itemsOf(result, ([errorCode, [item = { errorCode, errorMessage: null }]]) => [{ ...outcome(partition, item), value: undefined }])),
      );
    const told: ItemsDone = ([result]) => done(result?.error ?? ErrorCode.NONE);
    this.#eachOf('controller', [partition], (name) => name, attempt, undefined, told);
  }

  /** Asks until each item has a result that another try would not change; results in the order of the items. */
  #eachOf<I, T>(to: Addressee, items: readonly I[], nameOf: (item: I) => string, attempt: ItemsAttempt<I, T>, none: T, done: ItemsDone<T>): void {
    const results = new Map<string, ItemResult<T>>();
    const transient = (result: ItemResult<T> | undefined) => result === undefined || this.#rules.retryAdmin(result.error);
    this.#calls.make<undefined>(
      to,
      (channel, timeoutMs, answered) => {
        const left = items.filter((item) => transient(results.get(nameOf(item))));
        attempt(channel, left, timeoutMs, (result) => {
          if (!result.ok) {
            answered(result);
            return;
          }
          for (const item of result.value) results.set(item.name, item);
          const again = left.map((item) => results.get(nameOf(item))).find(transient);
          answered(
            left.some((item) => transient(results.get(nameOf(item)))) ? failed(again?.error ?? ErrorCode.UNKNOWN_SERVER_ERROR) : ok(undefined),
          );
        });
      },
      (result) => {
        const error = result.ok ? ErrorCode.UNKNOWN_SERVER_ERROR : result.error;
        done(items.map((item) => results.get(nameOf(item)) ?? { name: nameOf(item), error, message: null, value: none }));
      },
    );
  }
}

const described = ({ logDir, topics }: DescribeLogDirsResponse['results'][number]): DescribedLogDir => ({
  name: logDir,
  replicas: topics.flatMap(({ name, partitions }) =>
    partitions.filter(({ isFutureKey }) => !isFutureKey).map(({ partitionIndex }) => topicPartition(name, partitionIndex)),
  ),
});

const creatable = (topic: NewTopic) => ({
  name: topic.name,
  numPartitions: topic.assignments === undefined ? (topic.numPartitions ?? -1) : -1,
  replicationFactor: topic.assignments === undefined ? (topic.replicationFactor ?? -1) : -1,
  assignments: topic.assignments ?? [],
  configs: [...(topic.configs ?? [])].map(([name, value]) => ({ name, value })),
});

/** A broker answers for its own configuration; anyone for topics. */
function ownerOf(resources: readonly ConfigResource[]): Addressee {
  const broker = resources.find((resource) => resource.type === ResourceType.broker && resource.name !== '');
  return broker === undefined ? 'any' : Number(broker.name);
}

const outcome = (name: string, item: ItemError) => ({
  name,
  error: item.errorCode,
  message: item.errorMessage,
});

function itemsOf<S, T>(result: Result<S, RpcError>, items: (response: S) => readonly ItemResult<T>[]): Result<readonly ItemResult<T>[], number> {
  return result.ok ? ok(items(result.value)) : failed(errorOfRpc(result.error));
}

function topLevel<S extends { readonly errorCode: number }>(result: Result<S, RpcError>): Result<S, number> {
  if (!result.ok) return failed(errorOfRpc(result.error));
  return result.value.errorCode === ErrorCode.NONE ? result : failed(result.value.errorCode);
}
