/** Wrong decisions of leaders and followers: where a log is cut, who is in sync, what is committed. */

import type { EpochEntry, ReplicationRules } from '../../kafka/rules/replication.ts';
import { kafkaRules } from '../../kafka/rules/rules.ts';
import { brokerEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { Defect } from './defect.ts';

const { replication, controller } = kafkaRules;
const changed = (rules: Partial<ReplicationRules>): Pick<Defect, 'rules'> => ({ rules: { replication: { ...replication, ...rules } } });

/** Where the next larger epoch begins, whatever the one that was asked for is: the answer of OffsetForLeaderEpoch before version 1. */
const endAlone = (entries: readonly EpochEntry[], epoch: number, logEndOffset: Offset): Offset =>
  entries.find((entry) => entry.epoch > epoch)?.startOffset ?? logEndOffset;
const smaller = (a: Offset, b: Offset): Offset => (a < b ? a : b);

export const replicationDefects: readonly Defect[] = [
  {
    id: 'KIP-101',
    decision: 'a new follower truncates to its own high watermark',
    property: ['LeaderCompleteness', 'LeaderCandidateCompleteness'],
    profile: 'replication',
    ...changed({ followerTakeOver: (_logEndOffset, highWatermark) => ({ truncateTo: highWatermark }) }),
  },
  {
    id: 'KIP-279',
    decision: 'a question for an epoch that the leader does not know is answered by an end offset alone',
    property: ['LogMatching', 'LeaderCompleteness', 'LeaderCandidateCompleteness'],
    profile: 'replication',
    ...changed({
      endOffsetForEpoch: (entries, requested, logEndOffset) =>
        requested < 0
          ? { epoch: leaderEpoch(-1), endOffset: offset(-1) }
          : { epoch: requested, endOffset: endAlone(entries, requested, logEndOffset) },
      divergenceOf(entries, logStartOffset, logEndOffset, lastFetchedEpoch, fetchOffset) {
        if (lastFetchedEpoch < 0) return { type: 'matches' };
        if (fetchOffset < logStartOffset) return { type: 'outOfRange' };
        const endOffset = endAlone(entries, lastFetchedEpoch, logEndOffset);
        return endOffset < fetchOffset ? { type: 'diverged', epoch: lastFetchedEpoch, endOffset } : { type: 'matches' };
      },
      truncationPoint: (_entries, logEndOffset, leader) => ({ to: smaller(leader.endOffset, logEndOffset), final: true }),
    }),
  },
  {
    id: 'KIP-320',
    decision: 'a fetch is not held against the leader epoch that it believes in',
    property: ['WeakIsr', 'LogMatching', 'nonmonotonic-poll'],
    profile: 'replication',
    ...changed({ checkLeaderEpoch: () => ErrorCode.NONE }),
  },
  {
    id: 'KIP-497',
    decision: 'the high watermark is computed from an ISR that is proposed and not accepted',
    property: ['ReplicationQuorumSuperset'],
    profile: 'replication',
    ...changed({ maximalIsr: (committed, proposed) => proposed ?? committed }),
  },
  {
    id: 'KIP-841',
    decision: 'a fenced or stopping broker may join an ISR',
    property: ['UncleanExclusion'],
    profile: 'replication',
    rules: {
      replication: {
        ...replication,
        mayJoinIsr: (leader, follower, standing) =>
          replication.mayJoinIsr(leader, follower, standing && { ...standing, fenced: false, inControlledShutdown: false }),
      },
      controller: {
        ...controller,
        checkAlterPartition: (question) =>
          controller.checkAlterPartition({
            ...question,
            broker(id) {
              const broker = question.broker(id);
              return broker && { ...broker, fenced: false, inControlledShutdown: false };
            },
          }),
      },
    },
  },
  {
    id: 'KIP-903',
    decision: 'a replica joins the ISR whichever incarnation of its broker caught up',
    property: ['UncleanExclusion', 'LeaderCandidateCompleteness', 'LeaderCompleteness'],
    profile: 'replication',
    rules: {
      replication: {
        ...replication,
        checkBrokerEpoch: () => ErrorCode.NONE,
        mayJoinIsr: (leader, follower, standing) => replication.mayJoinIsr(leader, { ...follower, brokerEpoch: brokerEpoch(-1) }, standing),
      },
      controller: {
        ...controller,
        checkAlterPartition: (question) =>
          controller.checkAlterPartition({ ...question, isr: question.isr.map((member) => ({ ...member, brokerEpoch: brokerEpoch(-1) })) }),
      },
    },
  },
  {
    id: 'KAFKA-7128',
    decision: 'a replica joins the ISR once it reaches the high watermark, wherever the epoch began',
    property: ['LeaderCandidateCompleteness', 'LeaderCompleteness'],
    profile: 'replication',
    ...changed({
      // A view of the leader has getters, which a spread would lose.
      mayJoinIsr: (leader, follower, standing) =>
        replication.mayJoinIsr(
          {
            ...leader,
            id: leader.id,
            isr: leader.isr,
            maximalIsr: leader.maximalIsr,
            minIsr: leader.minIsr,
            followers: leader.followers,
            logEndOffset: leader.logEndOffset,
            highWatermark: leader.highWatermark,
            epochStartOffset: offset(0),
          },
          follower,
          standing,
        ),
    }),
  },
  {
    id: 'KAFKA-14704',
    decision: 'the high watermark of a diverging answer is taken over before the log is cut',
    property: ['HighWatermark', 'LogMatching'],
    profile: 'replication',
    ...changed({
      followerSteps: (error, diverged) =>
        error === ErrorCode.NONE && diverged ? ['highWatermark', 'truncate'] : replication.followerSteps(error, diverged),
    }),
  },
  {
    id: 'KAFKA-18723',
    decision: 'a follower appends batches of a later epoch than the one that it fetched in',
    property: ['LogMatching'],
    profile: 'replication',
    ...changed({ appendBound: () => leaderEpoch(0x7fffffff) }),
  },
  {
    id: 'KAFKA-14010',
    decision: 'a proposal of ISRs stays in flight after an error that another try would mend',
    property: ['isr-not-refilled', 'not-settled'],
    profile: 'replication',
    ...changed({
      alterRequestSteps: (error) => replication.alterRequestSteps(error).filter((step) => error === ErrorCode.NONE || step !== 'clearInFlight'),
    }),
  },
];
