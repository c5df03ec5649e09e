/**
 * What both sides of a token know beforehand: the words of the scenario format in the lines in which printScenario writes them, the frequent ones
 * last. It belongs to the format of tokens: with other words here an old token is unreadable, so a change needs a new prefix.
 */
export const tokenDictionary = `version: 1
description: |
expect:
  faults: any
  findings:
  excused:
  happens:
  never:
    - lost-write
    - duplicate
    - unseen
    - group-skip
    - redelivered
    - elected
    - truncated
  sandbox:
    - id: kafkajs-1
      application: kafkajs-producer
      application: kafkajs-consumer
      idempotence: false
      group: group-1
  - kind: add-partitions
    topic: orders
    partitions: 2
  - kind: move-leader
    target: controller
  - kind: client-cut
    target: client(producer-1)
    target: client(consumer-1)
    target: client(group-1-1)
    target: client(group-2-2)
  - kind: slow-handler
    perPollMs: 10000
  - kind: reset
  - kind: partition-one-way
    direction: outbound
    direction: inbound
  - kind: slow-network
    latencyMs: 1000
    jitterMs: 200
  - kind: slow-disk
    perOperationMs: 1000
    bytesPerSecond: 100000
  - kind: slow-lane
    lane: network
    perStepMs: 400
  - kind: disk-error
    calls: all
    calls: write
    calls: sync
    calls: read
    calls: names
    nthCall: 1
    logDir: 1
    logDir: 0
  - kind: disk-full
    freeBytes: 10000
  - kind: short-io
  - kind: stalled-sync
  - kind: bit-rot
    file: checkpoint
    file: index
    file: batch
  - kind: stop
    downMs: forever
    on: leader(orders-0) truncated
    on: leader(orders-0) highWatermark
    on: leader(orders-0) isr
    on: leader(orders-0) acknowledged, not yet replicated
    on: leader(orders-0) appended, not yet replicated
    on: coordinator(group-1) answered SyncGroup
    on: coordinator(group-1) answered JoinGroup
    on: coordinator(group-1) assignment
    on: coordinator(group-1) generation
    on: coordinator(group-1) committed
    on: controller elected
    on: any recovered
    nth: 10
    after: 20000
    target: member(group-1, leader)
    target: member(group-1, 0)
    target: coordinator(group-1)
    target: broker(1)
    target: broker(2)
    target: broker(3)
    target: follower(payments-0, slowest)
    target: follower(payments-0, fastest)
    target: leader(payments-1)
    target: follower(orders-1, 0)
    target: follower(orders-0, slowest)
    target: follower(orders-0, fastest)
    target: follower(orders-0, 1)
    target: follower(orders-0, 0)
    durationMs: 5000
    peers:
      - controller
      - broker(3)
      - broker(2)
      - broker(1)
      - follower(orders-0, 0)
      - follower(orders-0, 1)
  - kind: pause
    at: 30000
    target: leader(orders-1)
    durationMs: 10000
  - kind: partition
    at: 10000
    target: leader(orders-0)
    durationMs: 20000
  - kind: crash
    at: 20000
    target: leader(orders-0)
    powerLoss: false
    downMs: 1000
    powerLoss: true
    downMs: 5000
cluster:
  brokers: 5
  logDirs: 2
    retention.bytes: 16000
    retention.bytes: 1000
    segment.ms: 4000
    segment.ms: 1000
    compression.type: uncompressed
    compression.type: snappy
    compression.type: gzip
    compression.type: lz4
    compression.type: zstd
    replica.fetch.wait.max.ms: 200
    replica.fetch.min.bytes: 1
    group.min.session.timeout.ms: 1000
    group.initial.rebalance.delay.ms: 3000
    offsets.topic.replication.factor: 3
    offsets.topic.num.partitions: 3
    transactional.id.expiration.ms: 604800000
    producer.id.expiration.ms: 86400000
    segment.bytes: 16384
    log.segment.bytes: 16384
    flush.messages: 1
    log.flush.interval.messages: 1
    unclean.leader.election.enable: true
    min.insync.replicas: 1
    - name: payments
      partitions: 3
      replicationFactor: 2
  consumers: []
  producers: []
  groups:
    - id: group-2
    - id: group-1
      topics:
        - payments
        - orders
      members: 3
      assignor: cooperative-sticky
      assignor: roundrobin
      assignor: sticky
      assignor: range
      commit: before-processing
      commit: after-processing
      commit: automatic
      handlerMs: 0
      maxPollRecords: 500
      sessionTimeoutMs: 10000
      maxPollIntervalMs: 30000
      staticMembers: true
      joinEveryMs: 2000
      metadataMaxAgeMs: 300000
    - id: consumer-2
      topic: orders
      fetchMaxWaitMs: 100
      seekEveryMs: 5000
    - id: producer-2
      topic: payments
      acks: 0
      acks: 1
seed: 1
cluster:
  brokers: 3
  config:
    broker.session.timeout.ms: 3000
    broker.heartbeat.interval.ms: 500
    replica.lag.time.max.ms: 4000
    replica.fetch.wait.max.ms: 100
    group.min.session.timeout.ms: 1000
    group.initial.rebalance.delay.ms: 0
    min.insync.replicas: 2
    log.flush.offset.checkpoint.interval.ms: 60000
    log.flush.offset.checkpoint.interval.ms: 4000
    log.flush.offset.checkpoint.interval.ms: 1000
    replica.high.watermark.checkpoint.interval.ms: 5000
    replica.high.watermark.checkpoint.interval.ms: 1000
    offsets.retention.check.interval.ms: 600000
    offsets.retention.check.interval.ms: 5000
    log.initial.task.delay.ms: 500
    log.initial.task.delay.ms: 30000
    log.retention.check.interval.ms: 4000
    log.retention.check.interval.ms: 1000
  topics:
    - name: orders
      partitions: 1
      replicationFactor: 3
      config:
        min.insync.replicas: 2
        internal.segment.bytes: 16000
        max.message.bytes: 16000
        internal.segment.bytes: 4000
        max.message.bytes: 4000
        internal.segment.bytes: 2000
        max.message.bytes: 2000
        message.timestamp.type: LogAppendTime
workload:
  seconds: 60
  producers:
    - id: producer-1
      topic: orders
      acks: all
      ratePerSecond: 20
      keys: 10
      valueBytes: 100
      lingerMs: 0
      deliveryTimeoutMs: 15000
      requestTimeoutMs: 4000
      maxInFlight: 5
      idempotence: true
      metadataMaxAgeMs: 10000
  consumers:
    - id: consumer-1
      topic: orders
      fetchMaxWaitMs: 500
      seekEveryMs: 0
faults:
  - kind: crash
    at: 10000
    target: leader(orders-0)
    powerLoss: true
    downMs: 2000
`;
