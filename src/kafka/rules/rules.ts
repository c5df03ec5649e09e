/**
 * Every decision that the cluster's safety rests on, in the one record that a node is built with. Begin reading here.
 * A decision is a pure function over plain data; nodes consult the record they were given and never a function directly, so that a
 * known-bad decision can take the place of a right one (`simulation/defect`).
 */
import { type ControllerRules, kafkaControllerRules } from './controller.ts';
import { type GroupRules, groupRules } from './group.ts';
import { kafkaLogRules, type LogRules } from './log.ts';
import { kafkaProducerRules, type ProducerRules } from './producer.ts';
import { type ReplicationRules, replicationRules } from './replication.ts';

/** Every decision that the safety of the cluster rests on. Another one in the place of Kafka’s is a planted defect. */
export interface Rules {
  /** What leaders and followers of a partition decide. */
  readonly replication: ReplicationRules;
  /** What the controller decides: elections, in-sync and eligible replicas, registrations, sessions. */
  readonly controller: ControllerRules;
  /** What a log decides: where recovery starts, what a torn tail means, in which order files are made durable. */
  readonly log: LogRules;
  /** What a log decides about idempotent producers: which batch is next, what is remembered and for how long. */
  readonly producer: ProducerRules;
  /** What a coordinator decides about classic consumer groups: members, generations, commits, and what proves its writes. */
  readonly group: GroupRules;
}

/** What Apache Kafka 4.3 decides. */
export const kafkaRules: Rules = {
  replication: replicationRules,
  controller: kafkaControllerRules,
  log: kafkaLogRules,
  producer: kafkaProducerRules,
  group: groupRules,
};
