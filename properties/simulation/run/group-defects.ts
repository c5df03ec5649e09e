/** Wrong decisions of Kafka's history about groups, as changes of the rules: data for the tests that show each of them found. */
import { exists, type SettleClaims } from '../../../src/kafka/client/group/assignor/assignment.ts';
import { type ClientRules, kafkaClientRules } from '../../../src/kafka/client/rules.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';

export interface GroupDefect {
  readonly source: string;
  readonly decision: string;
  readonly rules?: Rules;
  readonly clientRules?: ClientRules;
}

const { group } = kafkaRules;
const client = kafkaClientRules.group;

/** Whose the partitions are does not depend on how old a claim is, nor on who else claims them. */
const trustAll: SettleClaims = (counts, claims) => ({
  owned: new Map(claims.map(({ memberId, partitions }) => [memberId, partitions.filter((partition) => exists(counts, partition))])),
  disputed: new Set(),
});

export const staleCommit: GroupDefect = {
  source: 'KIP-62',
  decision: 'a commit is accepted from an old generation',
  rules: {
    ...kafkaRules,
    group: {
      ...group,
      commitError(view, request, version) {
        const error = group.commitError(view, request, version);
        const stale = error === ErrorCode.ILLEGAL_GENERATION || error === ErrorCode.UNKNOWN_MEMBER_ID;
        return stale && view !== undefined && request.generation >= 0 && request.generation <= view.generation ? ErrorCode.NONE : error;
      },
    },
  },
};

export const noSyncTimeout: GroupDefect = {
  source: 'KAFKA-12890',
  decision: 'a group waits for SyncGroup for ever',
  rules: { ...kafkaRules, group: { ...group, syncTimeoutMs: () => undefined } },
};

export const staleClaims: GroupDefect = {
  source: 'KAFKA-12984',
  decision: 'the sticky assignors trust what members say that they own, however old it is',
  clientRules: { ...kafkaClientRules, group: { ...client, settleClaims: trustAll } },
};

/** A member that was thrown out does not give up what it owned, and claims it when it comes back. */
const keepsWhatItLost: ClientRules['group']['beforeJoin'] = (protocol, owned, topics, inGeneration) =>
  inGeneration || protocol === 'eager' ? client.beforeJoin(protocol, owned, topics, inGeneration) : { revoked: [], lost: [] };

export const keptOwnership: GroupDefect = {
  source: 'KAFKA-12983',
  decision: 'a member that was thrown out keeps what it owned',
  clientRules: { ...kafkaClientRules, group: { ...client, beforeJoin: keepsWhatItLost } },
};

/** As it was in Kafka 2.8: only with the one above do the claims under the cooperative protocol grow old. */
export const staleCooperativeClaims: GroupDefect = {
  source: 'KAFKA-12984 with KAFKA-12983',
  decision: 'the cooperative assignor trusts stale owned partitions',
  clientRules: { ...kafkaClientRules, group: { ...client, beforeJoin: keepsWhatItLost, settleClaims: trustAll } },
};

export const groupDefects: readonly GroupDefect[] = [staleCommit, noSyncTimeout, staleClaims, staleCooperativeClaims];
