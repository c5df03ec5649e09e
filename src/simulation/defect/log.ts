/** Wrong decisions of logs: what recovery trusts, what is remembered of producers. */
import type { CleaningFacts } from '../../kafka/rules/log-cleaning.ts';
import { kafkaRules } from '../../kafka/rules/rules.ts';
import { offset } from '../../model/brand.ts';
import type { Defect } from './defect.ts';

const { log, producer } = kafkaRules;

const endOf = (segments: CleaningFacts['segments']): CleaningFacts['lastStableOffset'] => offset(segments[segments.length - 1]?.nextOffset ?? 0);

export const logDefects: readonly Defect[] = [
  {
    id: 'KAFKA-10706',
    decision: 'a cut at the log end leaves the epochs in the cache that begin there without a record',
    property: ['not-settled', 'isr-not-refilled', 'not-fully-replicated', 'LogMatching'],
    profile: 'replication',
    rules: { log: { ...log, truncateSteps: (cuts) => (cuts ? log.truncateSteps(cuts) : []) } },
  },
  {
    id: 'KAFKA-10432',
    decision: 'recovery leaves epoch 0 out of the cache',
    property: ['LogMatching', 'HighWatermark', 'WeakIsr', 'LeaderCandidateCompleteness', 'isr-not-refilled'],
    profile: 'storage',
    rules: { log: { ...log, epochsAfterLoad: (...facts) => log.epochsAfterLoad(...facts).filter(({ epoch }) => epoch > 0) } },
  },
  {
    id: 'KAFKA-10471',
    decision: 'the marker of a clean stop outlives the start, and vouches again after a crash',
    property: ['not-settled', 'RecoveryEquivalence', 'AuditMismatch', 'LeaderCandidateCompleteness', 'LeaderCompleteness', 'LogMatching'],
    profile: 'storage',
    rules: { log: { ...log, startSteps: () => ['readMarkers', 'load'] } },
  },
  {
    id: 'KAFKA-10778',
    decision: 'a log takes batches after a write that failed, as if nothing of it had arrived',
    property: ['RecoveryEquivalence', 'AuditMismatch'],
    profile: 'storage',
    rules: { log: { ...log, afterWrite: () => 'note' } },
  },
  {
    id: 'KAFKA-13194',
    decision: 'the cleaner goes up to the active segment, committed or not',
    property: ['CompactedPrefix', 'RetentionBounds', 'lost-write', 'unseen'],
    profile: 'storage',
    rules: {
      log: {
        ...log,
        cleaning: { ...log.cleaning, dirtyRange: (facts) => log.cleaning.dirtyRange({ ...facts, lastStableOffset: endOf(facts.segments) }) },
      },
    },
  },
  {
    id: 'KAFKA-5494',
    decision: 'one batch of a producer is remembered instead of five',
    property: ['duplicate', 'lost-write', 'nonmonotonic-send'],
    profile: 'no-duplicates',
    rules: {
      producer: {
        ...producer,
        afterAppend(entry, batch, source) {
          const next = producer.afterAppend(entry, batch, source);
          return next === undefined ? undefined : { ...next, batches: next.batches.slice(-1) };
        },
      },
    },
  },
  {
    id: 'KIP-98',
    decision: 'a new leader does not know the producers of the old one, nor a restarted one its own',
    property: ['duplicate'],
    profile: 'no-duplicates',
    rules: {
      producer: { ...producer, afterAppend: (entry, batch, source) => (source === 'leader' ? producer.afterAppend(entry, batch, source) : entry) },
    },
  },
];
