/**
 * A partition's log beside plain writes, reads and copies of the same bytes on the same disk: node:fs in a temporary folder, and the virtual disk.
 * CPU seconds are counted, so what a device takes is not in it: what a log adds to its disk's work is. The bytes lie in the page cache. In turns, and
 * the best of each.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk } from '../../src/io/disk.ts';
import { realWorld } from '../../src/io/real/real-world.ts';
import { Simulator } from '../../src/io/virtual/simulator.ts';
import type { World } from '../../src/io/world.ts';
import { type LogConfig, type LogManagerConfig, plainLogConfig, plainManagerConfig } from '../../src/kafka/log/log-config.ts';
import { LogManager } from '../../src/kafka/log/log-manager.ts';
import type { PartitionLog } from '../../src/kafka/log/partition-log.ts';
import { kafkaRules } from '../../src/kafka/rules/rules.ts';
import { leaderEpoch } from '../../src/model/brand.ts';
import { topicPartition } from '../../src/model/topic-partition.ts';
import { uuidFromWords } from '../../src/model/uuid.ts';
import { encodeBatch } from '../../src/protocol/records/encode.ts';
import { cpuSeconds, row } from './measure.ts';

const mebi = 1 << 20;
const rounds = 3;
const partition = topicPartition('bench', 0);
const topicId = uuidFromWords(1, 2, 3, 4);
const never = Number.MAX_SAFE_INTEGER;
const config: LogConfig = { ...plainLogConfig, segmentBytes: 16 * mebi };
/** Nothing is done at a time of its own, beside what is measured. */
const managerConfig: LogManagerConfig = {
  ...plainManagerConfig,
  nodeId: 1,
  clusterId: 'bench',
  defaultLogConfig: config,
  logFlushOffsetCheckpointIntervalMs: never,
  logFlushStartOffsetCheckpointIntervalMs: never,
  replicaHighWatermarkCheckpointIntervalMs: never,
  logRetentionCheckIntervalMs: never,
  producerIdExpirationMs: never,
  producerIdExpirationCheckIntervalMs: never,
};

/** Where a log lies: an empty disk, and the program of one node after the other on it. */
interface Place {
  readonly disk: Disk;
  /** Starts a node, whose logs are open afterwards; the one before is gone, as by a kill. */
  start(): Promise<LogManager>;
  /** Does something as the node does it: in a step of one of its lanes. */
  within(step: () => void): void;
  close(): void;
}

const managerOn = (world: World): LogManager => new LogManager(world, managerConfig, kafkaRules);

function realPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  mkdirSync(join(folder, 'd0'));
  const newWorld = () => realWorld({ disks: new Map([['d0', join(folder, 'd0')]]) });
  let world = newWorld();
  return {
    get disk() {
      return diskOf(world);
    },
    start: () => {
      world.close();
      world = newWorld();
      const manager = managerOn(world);
      return new Promise((resolve, reject) => manager.load((loaded) => (loaded.ok ? resolve(manager) : reject(new Error(loaded.error)))));
    },
    within: (step) => step(),
    close: () => {
      world.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function virtualPlace(): Place {
  const simulator = new Simulator({ seed: 'bench' });
  const host = simulator.host('b1', { id: 1, disks: ['d0'] });
  let world: World | undefined;
  const run = (): void => void simulator.run(simulator.nowUs + 1_000_000);
  const boot = (program: (world: World) => void): void => {
    if (host.up) host.crash({ powerLoss: false });
    host.boot((bare) => {
      world = bare;
      program(bare);
    });
    run();
  };
  boot(() => undefined);
  return {
    get disk() {
      if (world === undefined) throw new Error('nothing runs');
      return diskOf(world);
    },
    start: async () => {
      let manager: LogManager | undefined;
      let loaded = false;
      boot((bare) => {
        manager = managerOn(bare);
        manager.load((result) => {
          loaded = result.ok;
        });
      });
      // A recovery takes virtual seconds.
      for (let tries = 0; !loaded && tries < 1000; tries++) run();
      if (manager === undefined || !loaded) throw new Error('the logs did not open');
      return manager;
    },
    within: (step) => {
      host.enter(() => world?.on('requests', step));
      run();
    },
    close: () => undefined,
  };
}

function diskOf(world: World): Disk {
  const disk = world.disks.get('d0');
  if (disk === undefined) throw new Error('there is no disk d0');
  return disk;
}

function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }): T {
  if (!result.ok) throw new Error(`failed: ${String(result.error)}`);
  return result.value;
}

/** A batch of about so many bytes: records with a key of 10 bytes, one of `keys`, and a value of 100. */
function batchOf(bytes: number, keys: number, from: number): Uint8Array {
  const value = new Uint8Array(100).map((_, index) => (index * 7) & 255);
  const records = Array.from({ length: Math.max(1, Math.round((bytes - 61) / 120)) }, (_, index) => ({
    key: new TextEncoder().encode(String((from + index * 7919) % keys).padStart(10, '0')),
    value,
    timestampMs: 1000 + from + index,
  }));
  return encodeBatch({ records });
}

/** CPU seconds that this took. */
async function timed(run: () => void | Promise<unknown>): Promise<number> {
  const started = process.cpuUsage();
  await run();
  return cpuSeconds(started);
}

/** The best of some rounds, each on a new place: of the plain work and of the log's. */
async function inTurns(
  place: () => Place,
  round: (place: Place) => Promise<readonly [plain: number, log: number]>,
): Promise<readonly [number, number]> {
  let [plain, log] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < rounds; turn++) {
    const on = place();
    const [ofPlain, ofLog] = await round(on);
    on.close();
    [plain, log] = [Math.min(plain, ofPlain), Math.min(log, ofLog)];
  }
  return [plain, log];
}

function tell(name: string, bytes: number, [plain, log]: readonly [number, number]): void {
  const perSecond = (seconds: number): string => (bytes / mebi / seconds).toFixed(0);
  row(name, perSecond(plain), perSecond(log), (plain / log).toFixed(2));
}

const plainFile = 'plain';

function writePlain(place: Place, batch: Uint8Array, bytes: number): void {
  place.within(() => {
    const file = must(place.disk.open(plainFile, 'truncate'));
    for (let at = 0; at + batch.length <= bytes; at += batch.length) must(file.write(at, batch));
    file.close();
  });
}

const readStep = mebi;
const window = new Uint8Array(readStep + 65_536);

function readPlain(place: Place): void {
  place.within(() => {
    const file = must(place.disk.open(plainFile, 'read'));
    for (let at = 0; at < file.size(); at += readStep) must(file.read(at, window.subarray(0, readStep)));
    file.close();
  });
}

async function newLog(place: Place): Promise<PartitionLog> {
  const manager = await place.start();
  let log: PartitionLog | undefined;
  place.within(() => {
    log = must(manager.create(partition, topicId, config));
  });
  if (log === undefined) throw new Error('no log was made');
  return log;
}

function appendAll(place: Place, log: PartitionLog, batches: readonly Uint8Array[], bytes: number): void {
  place.within(() => {
    for (let at = 0, next = 0; at < bytes; next++) {
      const batch = batches[next % batches.length] ?? window;
      must(log.appendAsLeader(batch, leaderEpoch(0), 1000));
      at += batch.length;
    }
  });
}

function readAll(place: Place, log: PartitionLog): void {
  place.within(() => {
    for (let from = log.logStartOffset; from < log.logEndOffset; ) {
      const slice = must(log.read(from, log.logEndOffset, readStep, true));
      slice.readInto(window.subarray(0, slice.byteLength));
      if (slice.failed) throw new Error('the log is damaged');
      from = slice.nextOffset;
    }
  });
}

async function appendAndRead(name: string, place: () => Place, batchBytes: number, bytes: number): Promise<void> {
  const batch = batchOf(batchBytes, 1000, 0);
  const written = await inTurns(place, async (on) => {
    const plain = await timed(() => writePlain(on, batch, bytes));
    const log = await newLog(on);
    return [plain, await timed(() => appendAll(on, log, [batch], bytes))];
  });
  tell(`append, batches of ${batch.length} bytes, ${name}`, bytes, written);
  const read = await inTurns(place, async (on) => {
    writePlain(on, batch, bytes);
    const log = await newLog(on);
    appendAll(on, log, [batch], bytes);
    const plain = await timed(() => readPlain(on));
    return [plain, await timed(() => readAll(on, log))];
  });
  tell(`read by 1 MiB, batches of ${batch.length} bytes, ${name}`, bytes, read);
}

/** After a kill before any checkpoint: every byte is checked, every index built anew. */
async function recovery(name: string, place: () => Place, bytes: number): Promise<void> {
  const batch = batchOf(16_384, 1000, 0);
  const recovered = await inTurns(place, async (on) => {
    writePlain(on, batch, bytes);
    appendAll(on, await newLog(on), [batch], bytes);
    const plain = await timed(() => readPlain(on));
    return [plain, await timed(() => on.start())];
  });
  tell(`recovery of ${bytes / mebi} MiB, ${name}`, bytes, recovered);
}

/** All but one in ten records have a newer one of their key. Beside a copy of the whole. */
async function compaction(name: string, place: () => Place, bytes: number): Promise<void> {
  const keys = Math.floor(bytes / 1200);
  const batches = Array.from({ length: 200 }, (_, index) => batchOf(16_384, keys, index * 137));
  const cleaned = await inTurns(place, async (on) => {
    const log = await newLog(on);
    log.config = { ...config, cleanupPolicy: ['compact'] };
    appendAll(on, log, batches, bytes);
    on.within(() => {
      must(log.flush());
      log.highWatermark = log.logEndOffset;
    });
    writePlain(on, batches[0] ?? window, bytes);
    const plain = await timed(() => copyPlain(on));
    return [plain, await timed(() => on.within(() => clean(log, keys)))];
  });
  tell(`compaction of ${bytes / mebi} MiB, ${name}`, bytes, cleaned);
}

function copyPlain(place: Place): void {
  place.within(() => {
    const from = must(place.disk.open(plainFile, 'read'));
    const to = must(place.disk.open('copy', 'truncate'));
    for (let at = 0; at < from.size(); at += readStep) {
      const read = must(from.read(at, window.subarray(0, readStep)));
      must(to.write(at, window.subarray(0, read)));
    }
    from.close();
    to.close();
  });
}

function clean(log: PartitionLog, maxKeys: number): void {
  const cleaning = log.beginCleaning(maxKeys, 1_000_000);
  if (cleaning === undefined) throw new Error('nothing to clean');
  for (;;) {
    const outcome = must(cleaning.step());
    if (outcome === 'cleaned') return;
    if (outcome !== undefined) throw new Error(`the cleaning ended with ${outcome}`);
  }
}

export async function benchLog(): Promise<void> {
  row('log, MiB a second of CPU', 'plain', 'log', 'of plain');
  for (const [name, place] of [
    ['real', realPlace],
    ['virtual', virtualPlace],
  ] as const) {
    await appendAndRead(name, place, 1024, 32 * mebi);
    await appendAndRead(name, place, 16_384, 64 * mebi);
    for (const size of [8, 32, 128]) await recovery(name, place, size * mebi);
    await compaction(name, place, 32 * mebi);
  }
}
