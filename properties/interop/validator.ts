/**
 * Apache Kafka's own LogValidator, from its published jar, judges the same produced batches as ours: the same error, the same records named in it,
 * or the same batch stored (`Validate.java`). Where ours differs on purpose, no such batch is drawn: Kafka stores other offset deltas than
 * 0, 1, 2, ... of an uncompressed batch as they are, and fails with UNKNOWN_SERVER_ERROR to renumber a compressed one that keeps its codec (it has
 * skipped the keys by then); it takes a batch with the bit of LogAppendTime on a CreateTime topic; and it answers UNKNOWN_SERVER_ERROR to a stream
 * that its codec cannot read.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { attribute, BatchView, compressionTypes, field, resealBatch } from '../../src/protocol/records/batch-header.ts';
import { writeInt16, writeInt32, writeInt64 } from '../../src/protocol/records/bytes.ts';
import { type BatchInput, encodeBatch } from '../../src/protocol/records/encode.ts';
import { type ProduceLimits, validateProduced } from '../../src/protocol/records/validate.ts';
import { producedInput } from '../protocol/records/arbitraries.ts';
import { type Checklist, expectEqual } from './checklist.ts';
import { fetchJars, missingTools } from './java.ts';

const version = '4.3.1';
const source = fileURLToPath(new URL('Validate.java', import.meta.url));
const cases = 3000;
const nowMs = 1_700_000_000_000;
const farMs = 1_000_000_000_000;

const breakHeader: Readonly<Record<string, (bytes: Uint8Array, view: BatchView) => void>> = {
  nothing: () => {},
  'the checksum': () => {},
  'the base offset': (bytes) => writeInt64(bytes, field.baseOffset, 1),
  'the last offset': (bytes, view) => writeInt32(bytes, field.lastOffsetDelta, view.lastOffsetDelta + 1),
  'a negative last offset': (bytes) => writeInt32(bytes, field.lastOffsetDelta, -5),
  'no records': (bytes) => writeInt32(bytes, field.recordCount, 0),
  'a record too many': (bytes, view) => {
    writeInt32(bytes, field.lastOffsetDelta, view.lastOffsetDelta + 1);
    writeInt32(bytes, field.recordCount, view.recordCount + 1);
  },
  'the control bit': (bytes, view) => writeInt16(bytes, field.attributes, view.attributes | attribute.control),
  'no sequence': (bytes) => writeInt32(bytes, field.baseSequence, -1),
  'the largest timestamp': (bytes) => writeInt64(bytes, field.maxTimestamp, 77),
};

const limits: fc.Arbitrary<ProduceLimits> = fc.record({
  maxMessageBytes: fc.oneof({ weight: 9, arbitrary: fc.constant(1_048_588) }, { weight: 1, arbitrary: fc.constant(62) }),
  segmentBytes: fc.constant(1_073_741_824),
  compacted: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  messageTimestampType: fc.constantFrom('CreateTime', 'LogAppendTime'),
  messageTimestampBeforeMaxMs: fc.constantFrom(farMs, 1000),
  messageTimestampAfterMaxMs: fc.constantFrom(farMs, 500),
  compressionType: fc.constantFrom('producer', 'producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'),
});

const drawn = fc.record({
  apiVersion: fc.constantFrom(3, 6, 7, 13),
  limits,
  input: producedInput,
  timestamps: fc.oneof(fc.constant([0]), fc.array(fc.constantFrom(0, -1000, -1001, 500, 501, -1 - nowMs), { minLength: 1, maxLength: 8 })),
  gaps: fc.boolean(),
  large: fc.oneof({ weight: 40, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  broken: fc.oneof({ weight: 2, arbitrary: fc.constant('nothing') }, { weight: 1, arbitrary: fc.constantFrom(...Object.keys(breakHeader)) }),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** The leader takes the batch apart to give it the topic's codec. */
function recompressed({ compressionType }: ProduceLimits, { compression = 'none' }: BatchInput): boolean {
  return compressionType !== 'producer' && compression !== (compressionType === 'uncompressed' ? 'none' : compressionType);
}

/** More than a block of LZ4 or of xerial's framing, neither noise nor one repetition. */
const largeValue = new Uint8Array(80_000).map((_, index) => ((index * index) >> 5) & (index % 7 === 0 ? 255 : 15));

function batchOf({ limits: topic, input, timestamps, gaps, large, broken }: Drawn): Uint8Array {
  const records = input.records.map((record, index) => ({
    ...record,
    value: large && index === 0 ? largeValue : record.value,
    timestampMs: nowMs + (timestamps[index % timestamps.length] ?? 0),
    ...(gaps && recompressed(topic, input) ? { offsetDelta: index * 2 } : {}),
  }));
  const batch: BatchInput = { ...input, records, lastOffsetDelta: records.length - 1 };
  const bytes = encodeBatch(batch);
  breakHeader[broken]?.(bytes, new BatchView(bytes, 0));
  resealBatch(bytes, 0);
  if (broken === 'the checksum') bytes[field.crc] = (bytes[field.crc] ?? 0) ^ 1;
  return bytes;
}

interface Case {
  readonly line: string;
  /** What we answer; undefined when we store the batch. */
  readonly error: string | undefined;
}

function caseOf(each: Drawn): Case {
  const produced = batchOf(each);
  const base64 = Buffer.from(produced).toString('base64');
  const { maxMessageBytes, compressionType, compacted, messageTimestampType: type, ...bounds } = each.limits;
  const ours = validateProduced(produced, each.limits, each.apiVersion, nowMs);
  const topic = [maxMessageBytes, compressionType, compacted, type, bounds.messageTimestampBeforeMaxMs, bounds.messageTimestampAfterMaxMs, nowMs];
  const stored = ours.ok ? Buffer.from(ours.value.bytes).toString('base64') : '-';
  const indexes = ours.ok ? '' : ours.error.recordErrors.map((error) => error.batchIndex).join(',');
  return { line: [each.apiVersion, ...topic, base64, stored].join(' '), error: ours.ok ? undefined : `error ${ours.error.code} ${indexes}` };
}

export async function checkValidator(list: Checklist): Promise<void> {
  const title = `LogValidator of Apache Kafka ${version}: judges ${cases} produced batches as we do, and reads what we store in every codec`;
  const missing = missingTools();
  if (missing !== undefined) return list.skip(title, missing);
  const jars = fetchJars('kafka-storage', version);
  if (jars === undefined) return list.skip(title, `mvn could not fetch org.apache.kafka:kafka-storage:${version}`);
  await list.check(title, () => {
    const all = fc.sample(drawn, { numRuns: cases, seed: 11 });
    const judged = all.map(caseOf);
    const input = judged.map(({ line }) => `${line}\n`).join('');
    const ran = spawnSync('java', ['-cp', join(jars, '*'), source], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
    const lines = ran.stdout.split('\n');
    if (ran.status !== 0 || lines.length !== 2 * cases + 1) throw new Error(`${lines.length} lines: ${ran.stderr.slice(0, 2000)}`);
    const stored = new Set<string>();
    for (const [index, { line, error }] of judged.entries()) {
      const kafkas = lines[2 * index] ?? '';
      expectEqual(error ?? lines[2 * index + 1] ?? '', kafkas, `${all[index]?.broken} in ${line}`);
      if (error === undefined) stored.add(kafkas.split(' ')[0] ?? '');
    }
    expectEqual(stored.size, compressionTypes.length, 'codecs of what was stored');
  });
}
