/** What a log looks at before it closes its active segment. Owns the gathering of facts; what follows from them is `rollDue`'s. */
import { baseOffsetAt, batchBytesAt, lastOffsetDeltaAt, maxTimestampAt } from '../../protocol/records/batch-header.ts';
import type { LogRules } from '../rules/log.ts';
import type { LogConfig } from './log-config.ts';
import type { Segment } from './segment.ts';

export class RollWatch {
  readonly #rules: LogRules;
  /** One for all batches of the log. */
  readonly #facts = { segmentBytes: 0, maxSegmentBytes: 0, batchBytes: 0, waitedMs: 0, maxSegmentMs: 0, relativeOffset: 0, indexFull: false };

  constructor(rules: LogRules) {
    this.#rules = rules;
  }

  /** Whether the batch at `at` begins a new segment; `pendingBytes` will be written to this one before it. */
  due(segment: Segment, config: LogConfig, bytes: Uint8Array, at: number, pendingBytes: number, nowMs: number): boolean {
    const facts = this.#facts;
    const firstMs = segment.firstTimestampMs();
    facts.segmentBytes = segment.size + pendingBytes;
    facts.maxSegmentBytes = config.segmentBytes;
    facts.batchBytes = batchBytesAt(bytes, at);
    facts.waitedMs = firstMs >= 0 ? maxTimestampAt(bytes, at) - firstMs : nowMs - segment.createdMs;
    const { segmentMs, cleanupPolicy, maxCompactionLagMs } = config;
    // What is due for compaction must not wait in the active segment (KIP-354).
    const maxSegmentMs = cleanupPolicy.includes('compact') ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs;
    facts.maxSegmentMs = maxSegmentMs - Math.min(segment.jitterMs, maxSegmentMs);
    facts.indexFull = segment.indexFull(config.segmentIndexBytes);
    facts.relativeOffset = baseOffsetAt(bytes, at) + lastOffsetDeltaAt(bytes, at) - segment.baseOffset;
    return this.#rules.rollDue(facts);
  }
}
