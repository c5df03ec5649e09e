/** What a scenario says of its clients: who sends what how fast, who reads what, for how long. */

export interface ProducerPlan {
  /** The client's name, and the name of its machine. */
  readonly id: string;
  readonly topic: string;
  /** -1 is `all`. */
  readonly acks: -1 | 0 | 1;
  /** Mean number of records sent a second; the gaps between them vary. */
  readonly ratePerSecond: number;
  /** Records carry one of this many keys. */
  readonly keys: number;
  /** Length of a record's value in bytes, at least what its unique text needs. */
  readonly valueBytes: number;
  /** linger.ms */
  readonly lingerMs: number;
  /** delivery.timeout.ms: after it a record's outcome is unknown. At least lingerMs + requestTimeoutMs. */
  readonly deliveryTimeoutMs: number;
  /** request.timeout.ms */
  readonly requestTimeoutMs: number;
  /** max.in.flight.requests.per.connection: with more than 1 a retry may reorder records, unless the producer is idempotent. */
  readonly maxInFlight: number;
  /** enable.idempotence: brokers tell a batch that was sent again, and keep the order. Needs acks -1 and at most 5 in flight. */
  readonly idempotence: boolean;
}

export interface ConsumerPlan {
  readonly id: string;
  /** Reads every partition of it from the beginning. */
  readonly topic: string;
  /** fetch.max.wait.ms */
  readonly fetchMaxWaitMs: number;
  /** Mean time between two seeks, to the beginning, back a little, or past the end of a partition (which the reset policy mends); 0 for none. */
  readonly seekEveryMs: number;
}

export interface WorkloadPlan {
  /** How long producers send and faults strike: the safety phase, in virtual seconds. */
  readonly seconds: number;
  readonly producers: readonly ProducerPlan[];
  readonly consumers: readonly ConsumerPlan[];
}
