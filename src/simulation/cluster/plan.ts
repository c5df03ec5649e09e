/** What a scenario says of its cluster: how many brokers, which topics, which of Kafka's settings differ from the defaults. */

/** One of Kafka's settings as its properties files write it. */
export interface Setting {
  readonly key: string;
  readonly value: string;
}

/** A topic that a run makes at its start. */
export interface TopicPlan {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Topic-level settings, such as min.insync.replicas. */
  readonly config: readonly Setting[];
}

/** The cluster of a scenario. */
export interface ClusterPlan {
  /** Their ids are 1 to this number. */
  readonly brokers: number;
  /** Log directories of each broker, every one on a disk of its own; 1 where it is not said. */
  readonly logDirs?: number;
  /** Settings of every broker and controller, such as broker.session.timeout.ms. */
  readonly config: readonly Setting[];
  readonly topics: readonly TopicPlan[];
}
