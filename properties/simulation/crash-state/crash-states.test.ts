/** A log recovers from every content that its disk may be left in, and the exploration that says so sees each way of getting it wrong. */
import { describe, expect, test } from 'vitest';
import type { Disk, DiskError } from '../../../src/io/disk.ts';
import { kafkaLogRules } from '../../../src/kafka/rules/log.ts';
import { type CleaningRules, cleaningRules, type SwapStep } from '../../../src/kafka/rules/log-cleaning.ts';
import { transactionRules } from '../../../src/kafka/rules/log-transactions.ts';
import { kafkaProducerRules } from '../../../src/kafka/rules/producer.ts';
import { offset } from '../../../src/model/brand.ts';
import { done, failed, ok } from '../../../src/model/result.ts';
import { CrashModel } from '../../../src/simulation/crash-state/crash-states.ts';
import { Exploration } from '../../../src/simulation/crash-state/explore.ts';
import { kafkaLogPlan, type LogPlan } from '../../../src/simulation/crash-state/log-host.ts';
import { type DiskContent, type DiskOperation, emptyContent } from '../../../src/simulation/crash-state/recorded-disk.ts';
import { compactionScripts, logScripts, transactionScripts } from './scripts.ts';

/** All contents that these operations may leave, as `path=bytes` with the names in order. */
function left(operations: readonly DiskOperation[], exhaustive = 6): readonly string[] {
  const model = new CrashModel(emptyContent, { exhaustive });
  const found = new Set<string>();
  for (const operation of operations) model.issue(operation);
  model.visit((content: DiskContent) => {
    const files = [...content.files].map(([path, bytes]) => `${path}=${bytes.length > 12 ? `${bytes.length} bytes` : bytes.join('')}`);
    found.add(files.join(' ') || 'nothing');
  });
  return [...found].sort();
}

const named = (path: string, file: number): DiskOperation => ({ type: 'names', changes: [{ path, to: file }] });
const wrote = (file: number, at: number, ...bytes: readonly number[]): DiskOperation => ({ type: 'write', file, at, bytes: Uint8Array.from(bytes) });
const root: DiskOperation = { type: 'syncFolder', folder: '' };

describe('after a power loss', () => {
  test('a file may be there without its bytes, or not at all, until both are synced', () => {
    expect(left([named('a', 0), wrote(0, 0, 1, 2)])).toEqual(['a=', 'a=12', 'nothing']);
    expect(left([named('a', 0), wrote(0, 0, 1, 2), root])).toEqual(['a=', 'a=12']);
    expect(left([named('a', 0), wrote(0, 0, 1, 2), { type: 'sync', file: 0, before: 2 }])).toEqual(['a=12', 'nothing']);
    expect(left([named('a', 0), wrote(0, 0, 1, 2), { type: 'sync', file: 0, before: 2 }, root])).toEqual(['a=12']);
  });

  test('any of several un-synced writes may be there, a hole reading as zeros; a sync covers what was written before it was asked for', () => {
    const writes = [named('a', 0), root, wrote(0, 0, 1), wrote(0, 1, 2), wrote(0, 2, 3)];
    expect(left(writes)).toEqual(['a=', 'a=003', 'a=02', 'a=023', 'a=1', 'a=103', 'a=12', 'a=123']);
    expect(left([...writes, { type: 'sync', file: 0, before: 3 }])).toEqual(['a=1', 'a=103', 'a=12', 'a=123']);
  });

  test('names come back as a prefix of what was done to them', () => {
    const rename: DiskOperation = {
      type: 'names',
      changes: [
        { path: 'a', to: undefined },
        { path: 'b', to: 0 },
      ],
    };
    expect(left([named('a', 0), rename, named('c', 1)])).toEqual(['a=', 'b=', 'b= c=', 'nothing']);
  });

  test('a write over sectors may be torn at each of their boundaries, at either side', () => {
    const write: DiskOperation = { type: 'write', file: 0, at: 500, bytes: new Uint8Array(600).fill(1) };
    expect(left([named('a', 0), root, write])).toEqual(['a=', 'a=1024 bytes', 'a=1100 bytes', 'a=512 bytes']);
  });

  test('beyond the bound the older un-synced writes are all there or all lost', () => {
    const writes = [named('a', 0), root, wrote(0, 0, 1), wrote(0, 1, 2), wrote(0, 2, 3)];
    expect(left(writes, 1)).toEqual(['a=', 'a=003', 'a=12', 'a=123']);
  });
});

const bound = { exhaustive: 5 };

test('a log recovers from every crash state with all that was synced, its indexes, epochs and producers as a rebuild gives them', () => {
  const exploration = new Exploration(kafkaLogPlan, bound);
  for (const script of logScripts(1, 3)) exploration.play(script);
  expect(exploration.problem).toBe(undefined);
  expect(exploration.stateCount).toBeGreaterThan(2000);
});

test('so does one with transactions, with its index of those that were aborted', () => {
  const exploration = new Exploration(kafkaLogPlan, bound);
  for (const script of transactionScripts(1, 2)) exploration.play(script);
  expect(exploration.problem).toBe(undefined);
  expect(exploration.stateCount).toBeGreaterThan(500);
});

test('so does one that is compacted: what no later record overtakes is there, wherever the power went', () => {
  const exploration = new Exploration(kafkaLogPlan, bound);
  for (const script of compactionScripts(1, 3)) exploration.play(script);
  expect(exploration.problem).toBe(undefined);
  expect(exploration.stateCount).toBeGreaterThan(500);
});

const cleaningWith = (change: Partial<CleaningRules>): Partial<LogPlan> => ({
  rules: { ...kafkaLogRules, cleaning: { ...cleaningRules, ...change } },
});
const swapping = (...steps: readonly SwapStep[]): Partial<LogPlan> => cleaningWith({ swapSteps: () => steps });

/** A disk that does something else with temporary files. */
function meddled(disk: Disk, changed: Pick<Disk, 'open' | 'rename'>): Disk {
  return {
    ...changed,
    syncDirectory: (path) => disk.syncDirectory(path),
    list: (path) => disk.list(path),
    remove: (path) => disk.remove(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    freeBytes: () => disk.freeBytes(),
  };
}

const renamedUnsynced = (disk: Disk): Disk =>
  meddled(disk, {
    rename: (from, to) => disk.rename(from, to),
    open(path, mode) {
      const opened = disk.open(path, mode);
      return opened.ok && path.endsWith('.tmp') ? ok({ ...opened.value, sync: () => done }) : opened;
    },
  });

/** Checkpoints are overwritten where they lie. */
function writtenInPlace(disk: Disk): Disk {
  const written = new Map<string, Uint8Array>();
  return meddled(disk, {
    open(path, mode) {
      if (!path.endsWith('-checkpoint.tmp')) return disk.open(path, mode);
      const refused = failed<DiskError>('EIO');
      const write = (_at: number, bytes: Uint8Array) => {
        written.set(path, bytes.slice());
        return ok(bytes.length);
      };
      return ok({ size: () => 0, read: () => refused, write, truncate: () => done, sync: () => done, syncLater: () => {}, close: () => {} });
    },
    rename(from, to) {
      const bytes = written.get(from);
      if (bytes === undefined) return disk.rename(from, to);
      const file = disk.open(to, 'create');
      if (!file.ok) return file;
      file.value.write(0, bytes);
      return file.value.truncate(bytes.length);
    },
  });
}

const wrong: readonly { readonly name: string; readonly plan: Partial<LogPlan>; readonly scripts?: typeof logScripts }[] = [
  { name: 'a checkpoint is written without a sync', plan: { wrap: writtenInPlace } },
  { name: 'a file is renamed before it is synced', plan: { wrap: renamedUnsynced } },
  { name: 'an index is trusted after an unclean stop', plan: { rules: { ...kafkaLogRules, trustIndexes: () => true } } },
  {
    name: 'epoch 0 is skipped in recovery',
    plan: { rules: { ...kafkaLogRules, epochsAfterLoad: (...facts) => kafkaLogRules.epochsAfterLoad(...facts).filter(({ epoch }) => epoch > 0) } },
  },
  {
    name: 'a producer snapshot newer than the log is taken',
    plan: { producerRules: { ...kafkaProducerRules, usableSnapshots: (snapshots, logStart) => snapshots.filter((at) => at >= logStart).reverse() } },
  },
  {
    name: 'checksums are not looked at',
    plan: { rules: { ...kafkaLogRules, keepScanned: (batch, before) => kafkaLogRules.keepScanned({ ...batch, intact: true }, before) } },
  },
  {
    name: 'an abort forgets which other transactions are open',
    plan: { rules: { ...kafkaLogRules, transactions: { ...transactionRules, stableAfterAbort: ({ lastOffset }) => offset(lastOffset + 1) } } },
    scripts: transactionScripts,
  },
  {
    name: 'a restart forgets in which transaction a batch was',
    plan: {
      producerRules: {
        ...kafkaProducerRules,
        afterAppend(entry, batch, source) {
          const next = kafkaProducerRules.afterAppend(entry, batch, source);
          return source === 'replay' && next !== undefined ? { ...next, txnFirstOffset: undefined } : next;
        },
      },
    },
    scripts: transactionScripts,
  },
  {
    name: 'what compaction wrote is renamed before it is synced',
    plan: swapping('markSwap', 'setAside', 'takePlace', 'syncNames', 'snapshots'),
    scripts: compactionScripts,
  },
  {
    name: 'what is compacted goes before the new segment is marked',
    plan: swapping('sync', 'setAside', 'markSwap', 'takePlace', 'syncNames', 'snapshots'),
    scripts: compactionScripts,
  },
  {
    name: 'compaction goes past the high watermark',
    plan: cleaningWith({ dirtyRange: (facts) => cleaningRules.dirtyRange({ ...facts, lastStableOffset: facts.recoveryPoint }) }),
    scripts: compactionScripts,
  },
  {
    name: 'compaction drops the last record of a key',
    plan: cleaningWith({ keepRecord: (record) => record.offset !== record.newest && cleaningRules.keepRecord(record) }),
    scripts: compactionScripts,
  },
  {
    name: 'compaction leaves no header of the last batch of a segment',
    plan: cleaningWith({ keepEmptied: ({ lastOfProducer }) => lastOfProducer }),
    scripts: compactionScripts,
  },
  { name: 'the recovery point moves to the end without a sync', plan: { rules: { ...kafkaLogRules, recoveredPoint: (_clean, _point, end) => end } } },
];

for (const { name, plan, scripts = logScripts } of wrong) {
  test(`a crash state shows it when ${name}`, () => {
    // More scripts rather than more states of each.
    const exploration = new Exploration({ ...kafkaLogPlan, ...plan }, { exhaustive: 2 });
    for (const script of scripts(1, 60)) {
      exploration.play(script);
      if (exploration.problem !== undefined) break;
    }
    expect(exploration.problem).not.toBe(undefined);
  });
}
