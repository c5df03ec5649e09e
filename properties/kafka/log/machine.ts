/**
 * One virtual machine with a log manager on it, and what a test needs to know of it from outside: what it told, what lies on its disk.
 * A test acts in steps; a power loss inside one leaves the machine down.
 */
import type { BatchSummary, NodeEvent } from '../../../src/io/node-event.ts';
import { leaderEpoch, type Offset, offset } from '../../../src/model/brand.ts';
import type { ErrorCode } from '../../../src/model/error-code.ts';
import type { Result } from '../../../src/model/result.ts';
import type { TopicPartition } from '../../../src/model/topic-partition.ts';
import { BatchView } from '../../../src/protocol/records/batch-header.ts';
import { encodeBatch } from '../../../src/protocol/records/encode.ts';
import { indexProblem } from '../../../src/simulation/checker/state/index-audit.ts';
import { LogMachine, type LogMachineOptions, partition } from '../../../src/simulation/log-trial/log-machine.ts';

export { plainLogConfig as logConfig } from '../../../src/kafka/log/log-config.ts';
export { type LogMachineOptions as MachineOptions, partition, topicId } from '../../../src/simulation/log-trial/log-machine.ts';
export const never = Number.MAX_SAFE_INTEGER;

export class Machine extends LogMachine {
  /** All that was observed, of all incarnations. */
  readonly events: NodeEvent[] = [];

  constructor(options: LogMachineOptions = {}) {
    super(options);
    this.simulator.observer = (_host, event) => this.events.push(event);
  }

  /** The last log that was opened. */
  recovered(): Extract<NodeEvent, { type: 'recovered' }> | undefined {
    return this.events.findLast((event) => event.type === 'recovered');
  }

  text(path: string, disk = 'd0'): string | undefined {
    const bytes = this.host.disk(disk).contents(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  /** The batches that lie in the partition's files, each one checked to be whole and intact. */
  stored(of: TopicPartition = partition): readonly BatchSummary[] {
    return this.views(of).map(summary);
  }

  /** What is wrong with the indexes of the partition's segments; undefined when they are what its batches give. */
  indexProblem(): string | undefined {
    const disk = this.host.disk('d0');
    const stems = disk
      .files()
      .filter((name) => name.startsWith(`${partition}/`) && name.endsWith('.log'))
      .map((name) => name.slice(0, -4));
    for (const [index, stem] of stems.entries()) {
      const bytes = (suffix: string): Uint8Array => {
        const contents = disk.contents(stem + suffix);
        if (contents === undefined) throw new Error(`${stem}${suffix} is missing`);
        return contents;
      };
      const segment = {
        baseOffset: Number(stem.slice(partition.length + 1)),
        log: bytes('.log'),
        offsets: bytes('.index'),
        times: bytes('.timeindex'),
      };
      const problem = indexProblem({ ...segment, sealed: index < stems.length - 1 }, this.config.indexIntervalBytes);
      if (problem !== undefined) return `${stem}: ${problem}`;
    }
    return undefined;
  }
}

export function summary(view: BatchView): BatchSummary {
  return { base: view.baseOffset, last: view.lastOffset, epoch: view.leaderEpoch, crc: view.crc };
}

/** A batch of so many records with values of so many bytes. */
export function batchOf(count: number, bytes = 8, fill = 0, base = 0, epoch = -1, timestampMs = 1000): Uint8Array {
  const value = new Uint8Array(bytes).fill(fill);
  const records = Array.from({ length: count }, (_, index) => ({ key: null, value, timestampMs: timestampMs + index }));
  return encodeBatch({ records, baseOffset: offset(base), leaderEpoch: leaderEpoch(epoch) });
}

/** A batch of an idempotent producer. */
export function producedBatch(producer: { id: number; epoch: number; sequence: number }, count: number, bytes = 8, base = 0, epoch = -1): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => ({ key: null, value: new Uint8Array(bytes), timestampMs: 1000 + base + index }));
  const { id: producerId, epoch: producerEpoch, sequence: baseSequence } = producer;
  return encodeBatch({ records, baseOffset: offset(base), leaderEpoch: leaderEpoch(epoch), producerId, producerEpoch, baseSequence });
}

export const summaryOf = (bytes: Uint8Array): BatchSummary => summary(new BatchView(bytes, 0));

export function unwrap<T>(result: Result<T, ErrorCode | string>): T {
  if (!result.ok) throw new Error(`failed: ${result.error}`);
  return result.value;
}

export const at = (value: number): Offset => offset(value);

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
