/** Wrong decisions about consumer groups, of coordinators and of members. */
import { exists, type SettleClaims } from '../../kafka/client/group/assignor/assignment.ts';
import { type ClientRules, kafkaClientRules } from '../../kafka/client/rules.ts';
import type { GroupRules } from '../../kafka/rules/group.ts';
import { kafkaRules } from '../../kafka/rules/rules.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { Defect } from './defect.ts';

const { group } = kafkaRules;
const client = kafkaClientRules.group;
const changed = (rules: Partial<GroupRules>): Pick<Defect, 'rules'> => ({ rules: { group: { ...group, ...rules } } });

/** Whose the partitions are does not depend on how old a claim is, nor on who else claims them. */
export const trustAll: SettleClaims = (counts, claims) => ({
  owned: new Map(claims.map(({ memberId, partitions }) => [memberId, partitions.filter((partition) => exists(counts, partition))])),
  disputed: new Set(),
});

/** A member that was thrown out does not give up what it owned, and claims it when it comes back (KAFKA-12983). */
export const keepsWhatItLost: ClientRules['group']['beforeJoin'] = (protocol, owned, topics, inGeneration) =>
  inGeneration || protocol === 'eager' ? client.beforeJoin(protocol, owned, topics, inGeneration) : { revoked: [], lost: [] };

export const groupDefects: readonly Defect[] = [
  {
    id: 'KAFKA-12890',
    decision: 'a group waits for SyncGroup for ever',
    property: ['SyncTimeout', 'rebalance-stuck'],
    profile: 'groups',
    ...changed({ syncTimeoutMs: () => undefined }),
  },
  {
    id: 'KAFKA-10614',
    decision: 'a coordinator that was unloaded and loaded in the wrong order goes on with what it knew two elections ago',
    property: ['rebalance-stuck', 'not-owned', 'CommittedOffsetLost', 'committed-lost', 'StaleCommit'],
    profile: 'groups',
    ...changed({
      electionStep: (held, leads) => (held === undefined && leads !== undefined ? 'load' : 'keep'),
      coordinationError: (held, leads) =>
        held === undefined || leads === undefined
          ? group.coordinationError(held, leads)
          : group.coordinationError({ ...held, phase: held.phase, epoch: leads }, leads),
    }),
  },
  {
    id: 'KAFKA-20634',
    decision: 'a deposed coordinator takes the high watermark of another leader for that of its own commits',
    property: ['AckImplies', 'CommittedOffsetLost', 'committed-lost'],
    profile: 'groups',
    ...changed({
      writeOutcome: (write, log) => (log === undefined ? 'lost' : log.highWatermark >= write.endOffset ? 'committed' : 'wait'),
    }),
  },
  {
    id: 'KIP-62',
    decision: 'a commit is accepted from an old generation',
    property: ['StaleCommit'],
    profile: 'groups',
    ...changed({
      commitError(view, request, version) {
        const error = group.commitError(view, request, version);
        const stale = error === ErrorCode.ILLEGAL_GENERATION || error === ErrorCode.UNKNOWN_MEMBER_ID;
        return stale && view !== undefined && request.generation >= 0 && request.generation <= view.generation ? ErrorCode.NONE : error;
      },
    }),
  },
  {
    // As it was in Kafka 2.8, together with KAFKA-12983: with right members the claims under the cooperative protocol do not grow old.
    id: 'KAFKA-12984',
    decision: 'the cooperative assignor trusts stale owned partitions',
    // The assignor's own invariant, that nobody owns what another one does, breaks first.
    property: ['broken-invariant', 'NoDoubleAssignment', 'double-assignment', 'not-owned'],
    profile: 'groups',
    clientRules: { group: { ...client, beforeJoin: keepsWhatItLost, settleClaims: trustAll } },
  },
];
