/**
 * What an operator looks for in the logs and replicas of the brokers that run here, under the names of Kafka's JMX beans as Prometheus's JMX exporter
 * translates them in lower case (`kafka.log:type=Log,name=Size` is `kafka_log_log_size`). Two labels are added, as all brokers are one process here:
 * `broker`, its id, and for what lies on a disk `logdirectory`, its name. Of a broker that is down there is nothing.
 * Source: UnifiedLog, LogManager, LogFlushStats, LogCleanerManager, ReplicaManager, Partition, each where it registers its metrics.
 */
import type { Broker } from '../kafka/broker/broker.ts';
import type { PartitionLog } from '../kafka/log/partition-log.ts';
import type { Partition } from '../kafka/replication/partition.ts';
import { splitTopicPartition } from '../model/topic-partition.ts';
import type { Metric, Sample } from './prometheus.ts';

/** `brokers`: those that run now. */
export function brokerMetrics(brokers: readonly Broker[]): readonly Metric[] {
  return [...logMetrics(brokers), ...managerMetrics(brokers), ...cleanerMetrics(brokers), ...replicaMetrics(brokers)];
}

type Labels = Sample<number>['labels'];
const id = (broker: Broker): Labels => ({ broker: broker.config.nodeId });
const gauge = (name: string, help: string, values: readonly Sample<number>[]): Metric => ({ name, help, type: 'gauge', values });

function logMetrics(brokers: readonly Broker[]): readonly Metric[] {
  const logs = brokers.flatMap((broker) => [...broker.logs.logs()].filter((log) => !log.offline).map((log) => ({ broker, log })));
  const of = (value: (log: PartitionLog) => number): readonly Sample<number>[] =>
    logs.map(({ broker, log }) => {
      const { topic, index } = splitTopicPartition(log.partition);
      return { labels: { ...id(broker), logdirectory: log.directory, topic, partition: index }, value: value(log) };
    });
  return [
    gauge(
      'kafka_log_log_size',
      'Bytes of batches in the segments of a partition; their sum by logdirectory is what a directory holds.',
      of((log) => log.sizeBytes),
    ),
    gauge(
      'kafka_log_log_numlogsegments',
      'Segments of a partition, with the active one.',
      of((log) => log.segmentCount),
    ),
    gauge(
      'kafka_log_log_logstartoffset',
      'The first offset that is served.',
      of((log) => log.logStartOffset),
    ),
    gauge(
      'kafka_log_log_logendoffset',
      'The offset that the next record gets.',
      of((log) => log.logEndOffset),
    ),
  ];
}

function managerMetrics(brokers: readonly Broker[]): readonly Metric[] {
  const directories = brokers.flatMap((broker) => broker.logs.directories().map((directory) => ({ broker, directory })));
  return [
    gauge(
      'kafka_log_logmanager_offlinelogdirectorycount',
      'Log directories that failed.',
      brokers.map((broker) => ({ labels: id(broker), value: broker.logs.directories().filter(({ offline }) => offline).length })),
    ),
    gauge(
      'kafka_log_logmanager_logdirectoryoffline',
      '1 for a log directory that failed, else 0.',
      directories.map(({ broker, directory }) => ({ labels: { ...id(broker), logdirectory: directory.name }, value: directory.offline ? 1 : 0 })),
    ),
    {
      name: 'kafka_log_logflushstats_logflushrateandtimems',
      help: 'How often logs were synced since the broker started, and the milliseconds that took in all.',
      type: 'summary',
      values: brokers.map((broker) => ({ labels: id(broker), value: { count: broker.logs.flushes.count, sum: broker.logs.flushes.totalMs } })),
    },
  ];
}

function cleanerMetrics(brokers: readonly Broker[]): readonly Metric[] {
  const cleaners = brokers.flatMap((broker) => (broker.logs.cleaner === undefined ? [] : [{ broker, cleaner: broker.logs.cleaner }]));
  const of = (value: (each: (typeof cleaners)[number]) => number): readonly Sample<number>[] =>
    cleaners.map((each) => ({ labels: id(each.broker), value: value(each) }));
  return [
    gauge(
      'kafka_log_logcleanermanager_max_dirty_percent',
      'The largest dirty share of a compacted log when the cleaner looked last, in per cent.',
      of(({ cleaner }) => Math.floor(cleaner.maxDirtyRatio * 100)),
    ),
    gauge(
      'kafka_log_logcleanermanager_time_since_last_run_ms',
      'Milliseconds since the cleaner looked for a log to compact.',
      of(({ broker, cleaner }) => broker.world.clock.monotonicMs() - cleaner.lastLookMs),
    ),
    gauge(
      'kafka_log_logcleanermanager_uncleanable_partitions_count',
      'Compacted logs that are left alone, because a batch of theirs cannot be read.',
      of(({ cleaner }) => cleaner.unreadable.size),
    ),
  ];
}

const isUnderReplicated = ({ leader }: Partition): boolean => leader !== undefined && leader.isr.length < leader.followers.length + 1;
const isUnderMinIsr = ({ leader }: Partition): boolean => leader !== undefined && leader.isr.length < leader.minIsr;

function replicaMetrics(brokers: readonly Broker[]): readonly Metric[] {
  const count = (holds: (partition: Partition) => boolean): readonly Sample<number>[] =>
    brokers.map((broker) => ({ labels: id(broker), value: [...broker.replicas.partitions].filter(holds).length }));
  const led = brokers.flatMap((broker) => [...broker.replicas.partitions].filter(({ leader }) => leader !== undefined).map((of) => ({ broker, of })));
  return [
    gauge(
      'kafka_server_replicamanager_partitioncount',
      'Replicas of this broker.',
      count(() => true),
    ),
    gauge(
      'kafka_server_replicamanager_leadercount',
      'Partitions that it leads.',
      count(({ leader }) => leader !== undefined),
    ),
    gauge(
      'kafka_server_replicamanager_underreplicatedpartitions',
      'Of those, how many have replicas that are not in sync.',
      count(isUnderReplicated),
    ),
    gauge('kafka_server_replicamanager_underminisrpartitioncount', 'And how many have fewer in sync than min.insync.replicas.', count(isUnderMinIsr)),
    gauge(
      'kafka_server_replicamanager_offlinereplicacount',
      'Replicas in a log directory that failed.',
      count(({ offline }) => offline),
    ),
    gauge(
      'kafka_cluster_partition_underreplicated',
      '1 for a partition of which a replica is not in sync, else 0; told by its leader.',
      led.map(({ broker, of }) => ({ labels: { ...id(broker), topic: of.topic, partition: of.index }, value: isUnderReplicated(of) ? 1 : 0 })),
    ),
  ];
}
