/** One replica on a bench: a partition with a real log on a virtual disk, a context whose calls are recorded, and batches to write. */
import type { NodeEvent } from '../../../src/io/node-event.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { World } from '../../../src/io/world.ts';
import { type LogConfig, plainLogConfig, plainManagerConfig } from '../../../src/kafka/log/log-config.ts';
import { LogManager } from '../../../src/kafka/log/log-manager.ts';
import type { PartitionLog } from '../../../src/kafka/log/partition-log.ts';
import type { PartitionRegistration } from '../../../src/kafka/metadata/registration.ts';
import type { Follower } from '../../../src/kafka/replication/follower.ts';
import type { IsrProposal } from '../../../src/kafka/replication/isr-manager.ts';
import type { Leader } from '../../../src/kafka/replication/leader.ts';
import { Partition } from '../../../src/kafka/replication/partition.ts';
import type { ReplicationContext } from '../../../src/kafka/replication/replication-context.ts';
import { type BrokerStanding, type ReplicationRules, replicationRules } from '../../../src/kafka/rules/replication.ts';
import { kafkaRules } from '../../../src/kafka/rules/rules.ts';
import { type BrokerId, brokerEpoch, brokerId, leaderEpoch, offset } from '../../../src/model/brand.ts';
import type { Uuid } from '../../../src/model/uuid.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';

export const topicId = 'AAAAAAAAAAAAAAAAAAAABA' as Uuid;
export const lagMs = 30_000;
export const ids = (...numbers: readonly number[]): BrokerId[] => numbers.map(brokerId);
const logConfig: LogConfig = { ...plainLogConfig, segmentBytes: 1 << 20 };

export function registration(more: Partial<PartitionRegistration> & { readonly leader: BrokerId }): PartitionRegistration {
  return {
    topicId,
    topic: 'orders',
    index: 0,
    replicas: ids(1, 2, 3),
    isr: ids(1, 2, 3),
    elr: [],
    lastKnownElr: [],
    leaderEpoch: leaderEpoch(1),
    partitionEpoch: 0,
    recovering: false,
    addingReplicas: [],
    removingReplicas: [],
    directories: [],
    ...more,
  };
}

/** One batch of so many records. */
export function batch(count = 1, value = 'x'): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  const records = Array.from({ length: count }, () => ({ key: null, value: bytes, headers: [], timestampMs: 1 }));
  return encodeBatch({ records });
}

export class Bench {
  readonly simulator: Simulator;
  readonly world: World;
  readonly log: PartitionLog;
  readonly partition: Partition;
  readonly events: NodeEvent[] = [];
  readonly proposals: IsrProposal[] = [];
  readonly standings = new Map<BrokerId, BrokerStanding>();
  /** What a copy was cut to, and where the log still ended then. */
  readonly copyCuts: (readonly [to: number, logEnd: number])[] = [];
  changes = 0;
  /** What propose() answers. */
  takesProposals = true;

  constructor(id: number, rules: ReplicationRules = replicationRules) {
    this.simulator = new Simulator({ seed: `bench-${id}` });
    const host = this.simulator.host('h', { id, disks: ['data'] });
    this.simulator.observer = (_, event) => this.events.push(event);
    let world: World | undefined;
    host.boot((booted) => {
      world = booted;
    });
    if (world === undefined) throw new Error('not booted');
    this.world = world;
    for (const each of [1, 2, 3]) this.standings.set(brokerId(each), { epoch: brokerEpoch(each * 10), fenced: false, inControlledShutdown: false });
    const context: ReplicationContext = {
      world,
      brokerId: brokerId(id),
      rules,
      lagTimeMaxMs: lagMs,
      brokers: this.standings,
      brokerEpoch: brokerEpoch(id * 10),
      changed: () => {
        this.changes++;
      },
      cutCopy: (_partition, to) => void this.copyCuts.push([to, this.log.logEndOffset]),
      propose: (proposal) => {
        if (this.takesProposals) this.proposals.push(proposal);
        return this.takesProposals;
      },
    };
    this.partition = new Partition(context, registration({ leader: brokerId(id) }));
    this.log = this.#openLog();
  }

  #openLog(): PartitionLog {
    let log: PartitionLog | undefined;
    const config = { ...plainManagerConfig, nodeId: 1, clusterId: 'c', defaultLogConfig: logConfig };
    const logs = new LogManager(this.world, config, kafkaRules);
    this.world.on('background', () =>
      logs.load((loaded) => {
        if (!loaded.ok) throw new Error(loaded.error);
        const made = logs.create(this.partition.name, topicId, logConfig);
        if (!made.ok) throw new Error(`no log: ${made.error}`);
        log = made.value;
      }),
    );
    this.pass(1000);
    if (log === undefined) throw new Error('the log did not open');
    return log;
  }

  pass(ms: number): void {
    this.simulator.run(this.simulator.nowUs + ms * 1000);
  }

  become(more: Partial<PartitionRegistration> & { readonly leader: BrokerId }, minInsyncReplicas = 2): { readonly newEpoch: boolean } {
    const became = this.partition.become(registration(more), this.log, minInsyncReplicas);
    if (!became.ok) throw new Error(`refused: ${became.error}`);
    return became.value;
  }

  get leader(): Leader {
    if (this.partition.leader === undefined) throw new Error('no leader');
    return this.partition.leader;
  }
  get follower(): Follower {
    if (this.partition.follower === undefined) throw new Error('no follower');
    return this.partition.follower;
  }

  /** Writes batches of one record as the leader. */
  append(count: number, acks = 1): void {
    for (let index = 0; index < count; index++) {
      const appended = this.leader.append(batch(), acks, 1);
      if (!appended.ok) throw new Error(`not appended: ${appended.error}`);
    }
  }

  /** A follower fetches at an offset under its right broker epoch. */
  fetched(id: number, at: number): void {
    this.leader.followerFetched(brokerId(id), offset(at), offset(0), brokerEpoch(id * 10));
  }

  /** The stored bytes from an offset to the end of the log. */
  read(from: number): Uint8Array {
    const slice = this.log.read(offset(from), this.log.logEndOffset, 1 << 20, true);
    if (!slice.ok) throw new Error(`not read: ${slice.error}`);
    const bytes = new Uint8Array(slice.value.byteLength);
    slice.value.readInto(bytes);
    return bytes;
  }

  told<Type extends NodeEvent['type']>(type: Type): readonly Extract<NodeEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<NodeEvent, { type: Type }> => event.type === type);
  }
}
