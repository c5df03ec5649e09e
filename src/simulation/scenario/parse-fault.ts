/** Reads one fault of a scenario: its kind decides which fields it may have. */
import { diskCallKinds } from '../../io/virtual/disk-faults.ts';
import { slowableLanes } from '../../io/virtual/lanes.ts';
import type { DiskFault, Fault, FaultKind, Target, Trigger } from '../nemesis/fault.ts';
import { faultKinds, rottingFiles } from '../nemesis/fault.ts';
import { readEventPattern, readTarget } from '../nemesis/text.ts';
import { join, type Reader, say } from './reader.ts';

const day = 86_400_000;
const common = ['kind', 'at', 'on', 'nth', 'after', 'target'];
/** The fields of each kind besides the common ones. */
const fieldsOf: ReadonlyMap<FaultKind, readonly string[]> = new Map([
  ['crash', ['powerLoss', 'downMs']],
  ['stop', ['downMs']],
  ['pause', ['durationMs']],
  ['partition', ['durationMs', 'peers']],
  ['partition-one-way', ['durationMs', 'direction', 'peers']],
  ['client-cut', ['durationMs', 'peers']],
  ['slow-disk', ['durationMs', 'perOperationMs', 'bytesPerSecond']],
  ['slow-network', ['durationMs', 'latencyMs', 'jitterMs']],
  ['reset', ['peers']],
  ['slow-handler', ['durationMs', 'perPollMs']],
  ['slow-lane', ['durationMs', 'lane', 'perStepMs']],
  ['disk-error', ['durationMs', 'calls', 'nthCall', 'logDir']],
  ['disk-full', ['durationMs', 'freeBytes', 'logDir']],
  ['short-io', ['durationMs', 'logDir']],
  ['stalled-sync', ['durationMs', 'logDir']],
  ['bit-rot', ['durationMs', 'file']],
  ['move-leader', []],
  ['add-partitions', ['topic', 'partitions']],
  ['move-replica', []],
]);

/** A fault, or undefined after the problem was noted. */
export function readFault(reader: Reader, value: unknown, place: string): Fault | undefined {
  const kind = reader.oneOf(reader.pairs(value, place).get('kind'), join(place, 'kind'), faultKinds);
  if (kind === undefined) return undefined;
  const fields = reader.fields(value, place, [...common, ...(fieldsOf.get(kind) ?? [])]);
  const trigger = readTrigger(reader, fields, place);
  // Partitions are asked of the controller and of nobody else.
  const named = kind === 'add-partitions' ? (fields.get('target') ?? 'controller') : fields.get('target');
  const target = readOneTarget(reader, named, join(place, 'target'));
  if (trigger === undefined || target === undefined) return undefined;
  const milliseconds = (field: string, fallback?: number): number =>
    reader.integer(fields.get(field), join(place, field), { min: 0, max: day }, fallback);
  const durationMs = fieldsOf.get(kind)?.includes('durationMs') ? milliseconds('durationMs') : 0;
  const peers = reader
    .list(fields.get('peers'), join(place, 'peers'), (each, at) => readOneTarget(reader, each, at))
    .filter((peer) => peer !== undefined);
  const downMs = !fieldsOf.get(kind)?.includes('downMs') ? 0 : fields.get('downMs') === 'forever' ? null : milliseconds('downMs', 5000);
  switch (kind) {
    case 'crash':
      return { kind, trigger, target, powerLoss: reader.boolean(fields.get('powerLoss'), join(place, 'powerLoss'), true), downMs };
    case 'stop':
      return { kind, trigger, target, downMs };
    case 'pause':
      return { kind, trigger, target, durationMs };
    case 'partition':
    case 'client-cut':
      return { kind, trigger, target, durationMs, peers };
    case 'partition-one-way': {
      const direction = reader.oneOf(fields.get('direction'), join(place, 'direction'), ['outbound', 'inbound'], 'outbound') ?? 'outbound';
      return { kind, trigger, target, durationMs, direction, peers };
    }
    case 'slow-disk': {
      const speed = fields.get('bytesPerSecond');
      const bytesPerSecond =
        speed === undefined ? null : reader.integer(speed, join(place, 'bytesPerSecond'), { min: 1, max: Number.MAX_SAFE_INTEGER });
      return { kind, trigger, target, durationMs, perOperationMs: milliseconds('perOperationMs', 0), bytesPerSecond };
    }
    case 'slow-network':
      return { kind, trigger, target, durationMs, latencyMs: milliseconds('latencyMs', 0), jitterMs: milliseconds('jitterMs', 0) };
    case 'reset':
      return { kind, trigger, target, peers };
    case 'slow-handler':
      return { kind, trigger, target, durationMs, perPollMs: milliseconds('perPollMs') };
    case 'slow-lane': {
      const lane = reader.oneOf(fields.get('lane'), join(place, 'lane'), slowableLanes, 'requests') ?? 'requests';
      return { kind, trigger, target, durationMs, lane, perStepMs: milliseconds('perStepMs') };
    }
    case 'disk-error':
    case 'disk-full':
    case 'short-io':
    case 'stalled-sync':
    case 'bit-rot':
      return { trigger, target, durationMs, ...readDiskFault(reader, kind, fields, place) };
    case 'move-leader':
    case 'move-replica':
      return { kind, trigger, target };
    case 'add-partitions': {
      const topic = reader.text(fields.get('topic'), join(place, 'topic'), /^.+$/, 'the name of a topic');
      return {
        kind,
        trigger,
        target,
        topic,
        partitions: reader.integer(fields.get('partitions'), join(place, 'partitions'), { min: 1, max: 100 }, 1),
      };
    }
  }
}

type OwnFields<F> = F extends DiskFault ? Omit<F, 'trigger' | 'target' | 'durationMs'> : never;

/** What a fault of a disk has besides when, whom and how long. */
function readDiskFault(reader: Reader, kind: DiskFault['kind'], fields: ReadonlyMap<string, unknown>, place: string): OwnFields<DiskFault> {
  const named = fields.get('logDir');
  const struck = named === undefined ? {} : { logDir: reader.integer(named, join(place, 'logDir'), { min: 0, max: 19 }) };
  switch (kind) {
    case 'disk-error': {
      const nth = fields.get('nthCall');
      const nthCall = nth === undefined ? null : reader.integer(nth, join(place, 'nthCall'), { min: 1, max: 1_000_000 });
      return { kind, calls: reader.oneOf(fields.get('calls'), join(place, 'calls'), diskCallKinds, 'all') ?? 'all', nthCall, ...struck };
    }
    case 'disk-full':
      return {
        kind,
        freeBytes: reader.integer(fields.get('freeBytes'), join(place, 'freeBytes'), { min: 0, max: Number.MAX_SAFE_INTEGER }, 0),
        ...struck,
      };
    case 'short-io':
    case 'stalled-sync':
      return { kind, ...struck };
    case 'bit-rot':
      return { kind, file: reader.oneOf(fields.get('file'), join(place, 'file'), rottingFiles, 'batch') ?? 'batch' };
  }
}

function readOneTarget(reader: Reader, value: unknown, place: string): Target | undefined {
  if (typeof value !== 'string') {
    reader.problem(place, `must name a node such as broker(1) or leader(orders-0), not ${say(value)}`);
    return undefined;
  }
  const target = readTarget(value);
  if (target.ok) return target.value;
  reader.problem(place, target.error);
  return undefined;
}

/** Milliseconds, to the microsecond. */
function readMoment(reader: Reader, value: unknown, place: string): number {
  const ms = reader.number(value, place, { min: 0, max: day });
  if (Math.round(ms * 1000) / 1000 !== ms) reader.problem(place, `${ms} has more than three decimals: time goes by microseconds`);
  return ms;
}

function readTrigger(reader: Reader, fields: ReadonlyMap<string, unknown>, place: string): Trigger | undefined {
  const at = fields.get('at');
  const on = fields.get('on');
  if ((at === undefined) === (on === undefined)) {
    reader.problem(place, 'needs either "at" (milliseconds since the workload began) or "on" (an event)');
    return undefined;
  }
  if (at !== undefined) {
    for (const field of ['nth', 'after']) if (fields.has(field)) reader.problem(join(place, field), 'goes with "on", not with "at"');
    return { type: 'time', atMs: readMoment(reader, at, join(place, 'at')) };
  }
  const pattern = typeof on === 'string' ? readEventPattern(on) : undefined;
  if (pattern?.ok !== true) {
    reader.problem(join(place, 'on'), pattern?.error ?? `must be an event such as "leader(orders-0) appended", not ${say(on)}`);
    return undefined;
  }
  const nth = reader.integer(fields.get('nth'), join(place, 'nth'), { min: 1, max: 1_000_000 }, 1);
  return { type: 'event', ...pattern.value, nth, afterMs: reader.integer(fields.get('after'), join(place, 'after'), { min: 0, max: day }, 0) };
}
