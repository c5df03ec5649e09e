/**
 * Plays a script on a log, up to the first operation that shows a finding, and writes down what came of each. Owns what an operation means, and
 * the verdicts on what the log takes and refuses; those on what stands afterwards are audit.ts's.
 */
import type { PartitionLog } from '../../kafka/log/partition-log.ts';
import { kafkaRules, type Rules } from '../../kafka/rules/rules.ts';
import { brokerEpoch, leaderEpoch, offset } from '../../model/brand.ts';
import { type ErrorCode, errorName } from '../../model/error-code.ts';
import { InvariantViolation, invariant, unreachable } from '../../model/invariant.ts';
import type { Result } from '../../model/result.ts';
import { encodeBatch } from '../../protocol/records/encode.ts';
import { encodeEndMarker, endMarkerOf } from '../../protocol/records/end-marker.ts';
import { type Finding, Findings } from '../checker/finding.ts';
import { type Audited, auditCleaned, auditLog, auditRebuilt } from './audit.ts';
import { LogMachine, partition } from './log-machine.ts';
import { type DataEntry, type Entry, LogModel, type MarkerEntry, type WrittenRecord } from './model.ts';
import { isWork, type LogOperation, type LogScript, type LogWork, type Outcome } from './operation.ts';

/** What came of an operation. Offsets inclusive. */
export type LogOutcome =
  | { readonly type: 'written'; readonly base: number; readonly last: number; readonly epoch: number; readonly coordinatorEpoch?: number }
  | { readonly type: 'duplicate'; readonly base: number; readonly last: number }
  /** `error` as Kafka names it. */
  | { readonly type: 'refused'; readonly error: string }
  /** The high watermark, the log start or the log end is there now, as the operation's kind says. */
  | { readonly type: 'moved'; readonly to: number }
  /** `how` as the cleaning says; `to` is where the next one begins. */
  | { readonly type: 'cleaned'; readonly how: string; readonly to: number }
  /** The log was closed, and holds [logStart, logEnd) now. `powerFailed`: in the middle of the operation. */
  | { readonly type: 'opened'; readonly logStart: number; readonly logEnd: number; readonly powerFailed: boolean }
  | { readonly type: 'done' }
  /** There was nothing that it could mean. */
  | { readonly type: 'nothing' };

export interface LogEvent {
  /** Virtual time at which it began. */
  readonly timeUs: number;
  readonly operation: LogOperation;
  readonly outcome: LogOutcome;
}

export interface LogRun {
  /** Empty, or those of the last operation that was played. */
  readonly findings: readonly Finding[];
  readonly events: readonly LogEvent[];
}

const checker = 'log';
const nothing: LogOutcome = { type: 'nothing' };
const doneOutcome: LogOutcome = { type: 'done' };
const epochOfLeader = leaderEpoch(0);
const expiryCheckMs = 200;
/** A start may be cut short as often as that. */
const mostStarts = 30;

/** `rules`: what takes the place of Kafka's; only a log's and a producer's are asked here. */
export function playLog(script: LogScript, rules: Pick<Rules, 'log' | 'producer'> = kafkaRules): LogRun {
  const trial = new LogTrial(script, rules);
  for (const operation of script.operations) if (!trial.take(operation)) break;
  return { findings: trial.findings.list(), events: trial.events };
}

class LogTrial {
  readonly findings = new Findings();
  readonly events: LogEvent[] = [];
  readonly #script: LogScript;
  readonly #machine: LogMachine;
  readonly #model: LogModel;
  readonly #cleanedMs = new Map<number, number>();
  /** By producer; as its coordinator has it. */
  readonly #epochs = new Map<number, number>();
  #coordinatorEpoch = 0;
  #value = 0;
  #stops = 0;
  /** Below, all is durable and not being cut. */
  #syncedTo = 0;
  /** The high watermark was there once. */
  #committedTo = 0;

  constructor(script: LogScript, rules: Pick<Rules, 'log' | 'producer'>) {
    const { segmentBytes, deleteRetentionMs, producerIdExpirationMs } = script;
    this.#script = script;
    this.#model = new LogModel(producerIdExpirationMs);
    this.#machine = new LogMachine({
      seed: String(script.seed),
      config: { segmentBytes, indexIntervalBytes: 100, cleanupPolicy: ['compact'], minCleanableDirtyRatio: 0, deleteRetentionMs },
      manager: { producerIdExpirationMs, producerIdExpirationCheckIntervalMs: expiryCheckMs },
      rules: rules.log,
      producerRules: rules.producer,
    });
    this.#machine.simulator.observer = (_host, event) => {
      if (event.type === 'synced') this.#syncedTo = event.to;
      else if (event.type === 'truncated') this.#syncedTo = Math.min(this.#syncedTo, event.to);
    };
    this.#machine.boot().withLog((log) => log.flush());
  }

  /** False when it shows a finding. */
  take(operation: LogOperation): boolean {
    const timeUs = this.#machine.simulator.nowUs;
    try {
      const outcome = isWork(operation) ? this.#work(operation) : this.#happen(operation);
      this.events.push({ timeUs, operation, outcome });
      const audited = this.#audited();
      auditLog(audited, this.#tell);
      if (outcome.type === 'opened' || operation.type === 'cut') auditRebuilt(audited, this.#tell);
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error;
      if (this.events[this.events.length - 1]?.operation !== operation) this.events.push({ timeUs, operation, outcome: nothing });
      this.#report('invariant', 'broken-invariant', error.message.replace(/ \(.*\)$/s, ''), error.message);
    }
    return this.findings.judgement === 'ok';
  }

  readonly #tell = (anomaly: string, message: string): void => this.#report(checker, anomaly, partition, message);

  #report(from: string, anomaly: string, place: string, message: string): void {
    this.findings.report({ checker: from, anomaly, place, message, timeUs: this.#machine.simulator.nowUs, verdict: 'finding' });
  }

  #log(): PartitionLog {
    const log = this.#machine.manager?.get(partition);
    invariant(log !== undefined, 'a started broker has its log');
    return log;
  }

  #nowMs(): number {
    return this.#machine.world?.clock.wallMs() ?? 0;
  }

  #audited(): Audited {
    return {
      log: this.#log(),
      views: this.#machine.views(),
      disk: this.#machine.host.disk('d0'),
      model: this.#model,
      nowMs: this.#nowMs(),
      deleteRetentionMs: this.#script.deleteRetentionMs,
      cleanedMs: this.#cleanedMs,
    };
  }

  #happen(operation: Exclude<LogOperation, LogWork>): LogOutcome {
    switch (operation.type) {
      case 'wait':
        this.#machine.run(operation.ms);
        return doneOutcome;
      case 'stop':
        this.#machine.stop(brokerEpoch(++this.#stops));
        return this.#start(false);
      case 'crash':
        this.#machine.crash(operation.powerLoss);
        return this.#start(false);
      default:
        return unreachable(operation);
    }
  }

  #work(operation: LogWork): LogOutcome {
    const { host } = this.#machine;
    const watch = operation.powerFailsAt === undefined ? undefined : host.crashAtDiskCall(operation.powerFailsAt);
    const outcome = this.#machine.withLog((log) => this.#workOn(log, operation));
    watch?.heal();
    if (outcome === undefined) return this.#start(true);
    if (operation.type === 'cut') this.#rebuilt();
    return outcome;
  }

  #workOn(log: PartitionLog, operation: LogWork): LogOutcome {
    switch (operation.type) {
      case 'append':
        return this.#append(log, operation.producer, operation.keys, operation.transactional);
      case 'retry':
        return this.#retry(log, operation.producer);
      case 'zombie':
        return this.#zombie(log, operation.producer, operation.key);
      case 'end':
        return this.#end(log, operation.producer, operation.outcome, this.#coordinatorEpoch);
      case 'late-end':
        return this.#coordinatorEpoch === 0 ? nothing : this.#end(log, operation.producer, operation.outcome, this.#coordinatorEpoch - 1);
      case 'fence':
        this.#epochs.set(operation.producer, this.#epochOf(operation.producer) + 1);
        return this.#end(log, operation.producer, 'abort', this.#coordinatorEpoch);
      case 'elect':
        this.#coordinatorEpoch++;
        return doneOutcome;
      case 'replicate':
        this.#committedTo = Math.max(log.highWatermark, this.#boundary(shareOf(log.logStartOffset, log.logEndOffset, operation.percent)));
        log.highWatermark = offset(this.#committedTo);
        return { type: 'moved', to: this.#committedTo };
      case 'clean':
        return this.#clean(log, operation.maxKeys);
      case 'delete':
        sound(log.advanceLogStart(offset(shareOf(log.logStartOffset, log.highWatermark, operation.percent))));
        sound(log.deleteOldSegments(this.#nowMs()));
        return { type: 'moved', to: log.logStartOffset };
      case 'cut': {
        const to = shareOf(log.highWatermark, log.logEndOffset, operation.percent);
        this.#syncedTo = Math.min(this.#syncedTo, this.#model.entries.find(({ last }) => last >= to)?.base ?? to);
        sound(log.truncateTo(offset(to)));
        if (log.logEndOffset < this.#committedTo) this.#lost(log.logEndOffset, this.#committedTo, 'what is committed');
        return { type: 'moved', to: log.logEndOffset };
      }
      case 'flush':
        sound(log.flush());
        return doneOutcome;
      default:
        return unreachable(operation);
    }
  }

  /** Replicas hold whole batches. */
  #boundary(at: number): number {
    return (this.#model.entries.findLast(({ last }) => last < at)?.last ?? -1) + 1;
  }

  #epochOf(producer: number): number {
    return this.#epochs.get(producer) ?? 0;
  }

  #append(log: PartitionLog, producer: number, keys: readonly number[], transactional: boolean): LogOutcome {
    const epoch = this.#epochOf(producer);
    const open = this.#model.openOf(producer) !== undefined;
    const entry = this.#entry(log, producer, epoch, keys, transactional || open);
    const known = this.#model.knows(producer, entry.wallMs);
    const next = known !== undefined && known.epoch <= epoch && entry.firstSequence === (known.epoch < epoch ? 0 : (known.lastSequence ?? -1) + 1);
    return this.#write(log, entry, next);
  }

  /** The next batch of a producer in an epoch. */
  #entry(log: PartitionLog, producer: number, epoch: number, keys: readonly number[], transactional: boolean): DataEntry {
    const base = log.logEndOffset;
    const firstSequence = (this.#model.lastDataOf(producer, epoch)?.lastSequence ?? -1) + 1;
    const records = keys.map((key, index): WrittenRecord => ({ offset: base + index, key, value: this.#value++ & 0xffff }));
    const [last, lastSequence] = [base + keys.length - 1, firstSequence + keys.length - 1];
    return { type: 'data', producer, epoch, base, last, wallMs: this.#nowMs(), records, transactional, firstSequence, lastSequence };
  }

  #retry(log: PartitionLog, producer: number): LogOutcome {
    const sent = this.#model.lastDataOf(producer, this.#epochOf(producer));
    if (sent === undefined) return nothing;
    const base = log.logEndOffset;
    const records = sent.records.map((record, index) => ({ ...record, offset: base + index }));
    const known = this.#model.knows(producer, this.#nowMs());
    const again: DataEntry = { ...sent, base, last: base + records.length - 1, wallMs: this.#nowMs(), records };
    const outcome = this.#write(log, again, false);
    if (outcome.type === 'written' && known?.epoch === sent.epoch && known.lastSequence === sent.lastSequence)
      this.#tell('duplicate', `producer ${producer} sends its batch at ${sent.base} once more, and the log takes it again, at ${base}`);
    return outcome;
  }

  #zombie(log: PartitionLog, producer: number, key: number): LogOutcome {
    const epoch = this.#epochOf(producer) - 1;
    return epoch < 0 ? nothing : this.#write(log, this.#entry(log, producer, epoch, [key], true), false);
  }

  #end(log: PartitionLog, producer: number, outcome: Outcome, coordinatorEpoch: number): LogOutcome {
    const at = log.logEndOffset;
    const epoch = this.#epochOf(producer);
    const marker: MarkerEntry = { type: 'marker', producer, epoch, base: at, last: at, wallMs: this.#nowMs(), outcome, coordinatorEpoch };
    return this.#write(log, marker, coordinatorEpoch === this.#coordinatorEpoch);
  }

  /** `inOrder`: the log has to take it. */
  #write(log: PartitionLog, entry: Entry, inOrder: boolean): LogOutcome {
    const known = this.#model.knows(entry.producer, entry.wallMs);
    this.#model.begins(entry);
    const appended = log.appendAsLeader(bytesOf(entry), epochOfLeader, entry.wallMs);
    if (!appended.ok || appended.value.duplicate !== undefined) this.#model.takesBack();
    if (!appended.ok) {
      const error = errorName(appended.error);
      if (inOrder) this.#tell('NextRefused', `the ${whatOf(entry)} is in order, and the log answers ${error}`);
      return { type: 'refused', error };
    }
    const { base, last, duplicate } = appended.value;
    if (duplicate !== undefined) return { type: 'duplicate', base, last };
    if (known !== undefined && entry.epoch < known.epoch)
      this.#tell(
        'ZombieAccepted',
        `the log takes the ${whatOf(entry)} of producer epoch ${entry.epoch}, although it took epoch ${known.epoch} before`,
      );
    if (known !== undefined && entry.type === 'marker' && entry.coordinatorEpoch < known.coordinatorEpoch)
      this.#tell(
        'CoordinatorEpochRegressed',
        `the log takes the ${whatOf(entry)} of coordinator epoch ${entry.coordinatorEpoch}, although it took epoch ${known.coordinatorEpoch} before`,
      );
    this.#model.taken(entry, known);
    const written = { type: 'written', base, last, epoch: entry.epoch } as const;
    return entry.type === 'marker' ? { ...written, coordinatorEpoch: entry.coordinatorEpoch } : written;
  }

  #clean(log: PartitionLog, maxKeys: number): LogOutcome {
    sound(log.flush());
    const nowMs = this.#nowMs();
    const cleaning = log.beginCleaning(maxKeys, nowMs);
    if (cleaning === undefined) return nothing;
    for (const { type, base } of this.#model.entries) if (type === 'marker' && !this.#cleanedMs.has(base)) this.#cleanedMs.set(base, nowMs);
    for (;;) {
      const how = sound(cleaning.step());
      if (how === undefined) continue;
      if (how === 'cleaned') auditCleaned(this.#audited(), this.#tell);
      return { type: 'cleaned', how, to: log.cleanedTo };
    }
  }

  /** Starts until it is up, and takes up what the log is now. */
  #start(powerFailed: boolean): LogOutcome {
    const { host } = this.#machine;
    for (let starts = 0; !host.up; starts++) {
      invariant(starts < mostStarts, 'a broker starts');
      this.#machine.boot();
    }
    const { loaded } = this.#machine;
    invariant(loaded?.ok === true, 'a log opens', loaded?.ok === false ? loaded.error : undefined);
    const log = this.#log();
    const { logStartOffset: logStart, logEndOffset: logEnd } = log;
    if (logEnd < this.#syncedTo) this.#lost(logEnd, this.#syncedTo, 'what was durable');
    this.#syncedTo = Math.min(this.#syncedTo, logEnd);
    // What was committed once is so again: the leader tells.
    this.#committedTo = Math.min(Math.max(log.highWatermark, this.#committedTo), logEnd);
    log.highWatermark = offset(Math.max(this.#committedTo, logStart));
    this.#rebuilt();
    return { type: 'opened', logStart, logEnd, powerFailed };
  }

  #lost(end: number, bound: number, what: string): void {
    this.#tell('lost-write', `the log ends at ${end}: ${what}, up to ${bound}, is gone`);
  }

  #rebuilt(): void {
    const log = this.#log();
    const standing = new Set<number>();
    for (const view of this.#machine.views()) if (!view.isControl || endMarkerOf(view) !== undefined) standing.add(view.baseOffset);
    this.#model.rebuilt(log.logEndOffset, log.logStartOffset, this.#nowMs(), ({ base }) => standing.has(base));
    for (const base of [...this.#cleanedMs.keys()]) if (base >= log.logEndOffset) this.#cleanedMs.delete(base);
  }
}

const shareOf = (from: number, to: number, percent: number): number => from + Math.floor(((to - from) * percent) / 100);

/** Nothing is wrong with the disk, so nothing may fail. */
function sound<T>(result: Result<T, ErrorCode>): T {
  invariant(result.ok, 'a log on a sound disk does not fail', result.ok ? undefined : errorName(result.error));
  return result.value;
}

const whatOf = (entry: Entry): string =>
  entry.type === 'data'
    ? `batch of producer ${entry.producer}, sequence ${entry.firstSequence}`
    : `${entry.outcome} marker of producer ${entry.producer}`;

function bytesOf(entry: Entry): Uint8Array {
  const { producer: producerId, epoch: producerEpoch, wallMs: timestampMs } = entry;
  if (entry.type === 'marker') {
    const { outcome: type, coordinatorEpoch } = entry;
    return encodeEndMarker({ type, producerId, producerEpoch, coordinatorEpoch, timestampMs });
  }
  const records = entry.records.map(({ key, value }) => ({
    key: Uint8Array.of(0, 0, 0, key),
    value: Uint8Array.of(value >> 8, value & 255),
    timestampMs,
  }));
  return encodeBatch({ records, producerId, producerEpoch, baseSequence: entry.firstSequence, transactional: entry.transactional });
}
