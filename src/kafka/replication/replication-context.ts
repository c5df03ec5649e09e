/**
 * What the replicas of one broker share: the world, the rules, the view of the cluster, and whom to tell of a change.
 * Owns only the interface; the replica manager fills it.
 */
import type { World } from '../../io/world.ts';
import type { BrokerEpoch, BrokerId, Offset } from '../../model/brand.ts';
import type { BrokerStandings, ReplicationRules } from '../rules/replication.ts';
import type { IsrProposal } from './isr-manager.ts';
import type { Partition } from './partition.ts';

export interface ReplicationContext {
  readonly world: World;
  readonly brokerId: BrokerId;
  readonly rules: ReplicationRules;
  /** replica.lag.time.max.ms */
  readonly lagTimeMaxMs: number;
  /** The registered brokers as this broker's metadata has them now. */
  readonly brokers: BrokerStandings;
  /** -1 before the registration. */
  readonly brokerEpoch: BrokerEpoch;
  /**
   * A partition's log end offset, high watermark or role changed: what waits for it is looked at once the step is over (Kafka's ActionQueue),
   * so that no request is answered in the middle of another one's work.
   */
  changed(partition: Partition): void;
  /** A partition's log is about to be cut: what is copied of it to another log directory is cut first. */
  cutCopy(partition: Partition, to: Offset): void;
  /** Sends a proposed ISR to the controller; false when one of this partition is on its way already. */
  propose(proposal: IsrProposal): boolean;
}
