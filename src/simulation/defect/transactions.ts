/** Wrong decisions of logs about transactions: what is remembered of those who write them, and what compaction takes away. */
import type { CleaningRules } from '../../kafka/rules/log-cleaning.ts';
import { kafkaRules } from '../../kafka/rules/rules.ts';
import type { Defect } from './defect.ts';

const { log, producer } = kafkaRules;
const cleaning = (rules: Partial<CleaningRules>): Pick<Defect, 'rules'> => ({ rules: { log: { ...log, cleaning: { ...log.cleaning, ...rules } } } });

export const transactionDefects: readonly Defect[] = [
  {
    id: 'KAFKA-9144',
    decision: 'a producer expires although a marker was written for it since',
    property: ['ZombieAccepted', 'CoordinatorEpochRegressed', 'NextRefused', 'duplicate'],
    profile: 'log',
    rules: {
      producer: {
        ...producer,
        afterAppend(entry, batch, source) {
          const next = producer.afterAppend(entry, batch, source);
          return next && batch.marker !== undefined ? { ...next, lastTimestampMs: entry?.lastTimestampMs ?? -1 } : next;
        },
      },
    },
  },
  {
    id: 'KAFKA-8351',
    decision: 'compaction forgets between two groups of segments which transactions have data left',
    property: ['MarkerLost', 'HangingTransaction', 'RecoveryEquivalence', 'G1a'],
    profile: 'log',
    ...cleaning({ transactionsKnownFor: () => 'group' }),
  },
  {
    id: 'KAFKA-13727',
    decision: 'compaction that ends inside a segment takes what was aborted behind that for committed',
    property: ['G1a', 'MarkerLost', 'HangingTransaction', 'RecoveryEquivalence'],
    profile: 'log',
    ...cleaning({ abortedKnownTo: (passEnd) => passEnd }),
  },
  {
    id: 'KAFKA-14055',
    decision: 'compaction removes a marker when data have its key',
    property: ['MarkerLost', 'HangingTransaction', 'RecoveryEquivalence', 'ConsistentRead'],
    profile: 'log',
    ...cleaning({ goesByKey: () => true }),
  },
];
