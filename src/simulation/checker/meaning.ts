/** What each anomaly means to somebody who never saw the checkers: the promise that was broken, in one sentence. Owns these words only. */

/** By the name of the anomaly. Names that begin with `int-` mean the same within one call. */
const meanings: ReadonlyMap<string, string> = new Map([
  ['HighWatermark', 'a replica calls records committed that not all in-sync replicas hold, or that it does not hold itself'],
  ['WeakIsr', 'a follower that is in sync holds other records than its leader below the high watermark'],
  ['ReplicationQuorumSuperset', 'the leader does not wait for a replica that the controller may elect'],
  ['LeaderCompleteness', 'a leader took over without records that were committed: they are lost'],
  ['LeaderCandidateCompleteness', 'a replica that may be elected at any moment lacks committed records: its election would lose them'],
  ['AckImplies', 'a write with acks=all was acknowledged before enough in-sync replicas held it'],
  ['ConsistentRead', 'a consumer was given records that are not committed: they may vanish or change'],
  ['LogMatching', 'two replicas agree on a batch and differ before it'],
  ['EpochOffsetUnique', 'two replicas hold different batches under one leader epoch and offset'],
  ['ElectionSafety', 'two brokers lead one partition in one leader epoch'],
  ['MonotonicEpoch', 'the controller went back in a leader epoch or a partition epoch, or used one twice'],
  ['UncleanExclusion', 'a replica became leader or joined the ISR that was not allowed to'],
  ['PartitionState', 'the controller’s leader, ISR, ELR and replicas contradict one another'],
  ['RecoveryEquivalence', 'after a restart a log is not what the disk had kept'],
  ['AuditMismatch', 'the files of a replica are not what it said it did: the replica or its observation is wrong'],
  ['lost-write', 'a record that was acknowledged, or that a reader got, is gone'],
  ['unseen', 'a record that was acknowledged cannot be read in the end'],
  ['inconsistent-offsets', 'one offset of a partition showed two different records'],
  ['duplicate', 'one record stands at two offsets'],
  ['G1a', 'a record was read although its send had certainly failed'],
  ['never-sent', 'a record was read that nobody sent'],
  ['nonmonotonic-poll', 'a reader was taken back: records came after later ones'],
  ['poll-skip', 'a reader was led past records that it should have got'],
  ['nonmonotonic-send', 'a later send of one producer landed before an earlier one'],
  ['broker-fenced', 'all faults are over, and a running broker is still shut out of the cluster'],
  ['leaderless', 'all faults are over, and a partition has no leader'],
  ['isr-not-refilled', 'all faults are over, and running replicas are not back in the ISR'],
  ['not-fully-replicated', 'all faults are over, and replicas still lack acknowledged records'],
  ['unanswered', 'all faults are over, and a request still has no answer'],
  ['answered-twice', 'a request was answered more than once'],
  ['not-settled', 'all faults are over, and the cluster does not come to rest'],
  ['not-done', 'a phase of the run did not end in its time'],
  ['livelock', 'the cluster goes in circles without any time passing'],
  ['broken-invariant', 'the code met a state that it holds impossible'],
  ['checker-failed', 'a checker of this program failed; the run was not judged'],
  ['harness-error', 'this program failed; the run was not judged'],
]);

/** One sentence without a full stop, or undefined for an anomaly that nobody explained yet. */
export const meaningOf = (anomaly: string): string | undefined => meanings.get(anomaly.startsWith('int-') ? anomaly.slice('int-'.length) : anomaly);
