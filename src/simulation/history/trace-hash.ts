/**
 * The hash of a run: two 32-bit lanes into which every dispatch and every NodeEvent is folded, in the order in which they happen.
 * Owns what of an event counts: time, node, kind, ids, lengths, a batch's CRC. Same scenario, same hash, on any machine and V8:
 * only integer arithmetic that the language defines exactly.
 */
import type { BatchSummary, GroupEvent, GroupOffset, NodeEvent } from '../../io/node-event.ts';
import type { DispatchKind, TraceSink } from '../../io/virtual/trace-sink.ts';
import { unreachable } from '../../model/invariant.ts';

const two32 = 4_294_967_296;
/** Marks in front of an entry, so that a dispatch never reads like an event. */
const dispatchMark = 0x44;
const eventMark = 0x45;
const electionCode = { clean: 1, elr: 2, unclean: 3 } as const;
const roleCode = { none: 1, leader: 2, follower: 3 } as const;

/** Text to 32 bits (FNV-1a over UTF-16 code units). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

export class TraceHash implements TraceSink {
  #a = 0x243f6a88;
  #b = 0x85a308d3 | 0;
  readonly #texts = new Map<string, number>();

  dispatched(timeUs: number, hostId: number, kind: DispatchKind, a: number, b: number): void {
    this.#fold32(dispatchMark);
    this.fold(timeUs);
    this.#fold32(hostId);
    this.#fold32(kind);
    this.fold(a);
    this.fold(b);
  }

  observed(timeUs: number, hostId: number, event: NodeEvent): void {
    this.#fold32(eventMark);
    this.fold(timeUs);
    this.#fold32(hostId);
    this.foldText(event.type);
    this.#foldFields(event);
  }

  /** Folds an integer of up to 53 bits. */
  fold(value: number): void {
    this.#fold32(value | 0);
    this.#fold32((value / two32) | 0);
  }

  /** Folds a text; texts that come again and again are hashed once. */
  foldText(text: string): void {
    let hash = this.#texts.get(text);
    if (hash === undefined) {
      hash = hashText(text);
      this.#texts.set(text, hash);
    }
    this.#fold32(hash);
  }

  /** 16 hex digits; folding may go on after it. */
  digest(): string {
    return hex(avalanche(this.#a ^ Math.imul(this.#b, 0x9e3779b1))) + hex(avalanche(this.#b ^ Math.imul(this.#a, 0x7feb352d)));
  }

  /** The lanes as they stand, for those that compare step by step without making text. */
  get laneA(): number {
    return this.#a;
  }

  get laneB(): number {
    return this.#b;
  }

  #fold32(value: number): void {
    let a = Math.imul(this.#a ^ value, 0x85ebca6b);
    a = (a << 13) | (a >>> 19);
    const b = Math.imul((this.#b + value) | 0, 0xc2b2ae35) ^ a;
    this.#a = (a + this.#b) | 0;
    this.#b = (b << 17) | (b >>> 15);
  }

  #foldIds(ids: readonly number[]): void {
    this.#fold32(ids.length);
    for (const id of ids) this.#fold32(id);
  }

  #foldBatch(batch: BatchSummary): void {
    this.fold(batch.base);
    this.fold(batch.last);
    this.#fold32(batch.epoch);
    this.#fold32(batch.crc);
  }

  #foldFields(event: NodeEvent): void {
    if ('partition' in event) this.foldText(event.partition);
    switch (event.type) {
      case 'appended':
        this.#foldBatch(event);
        break;
      case 'truncated':
        this.fold(event.to);
        this.fold(event.from);
        break;
      case 'logStart':
      case 'highWatermark':
      case 'metadataApplied':
        this.fold(event.offset);
        break;
      case 'synced':
        this.fold(event.to);
        break;
      case 'recovered':
        this.fold(event.logStart);
        this.fold(event.logEnd);
        this.fold(event.highWatermark);
        this.#fold32(event.clean ? 1 : 0);
        break;
      case 'role':
        this.#fold32(roleCode[event.role]);
        this.#fold32(event.epoch);
        this.#fold32(event.leader);
        break;
      case 'isr':
        this.#fold32(event.epoch);
        this.#fold32(event.partitionEpoch);
        this.#foldIds(event.isr);
        this.#foldIds(event.maximalIsr);
        this.#fold32(event.minIsr);
        break;
      case 'acknowledged':
        this.fold(event.base);
        this.fold(event.last);
        this.#fold32(event.epoch);
        this.#fold32(event.acks);
        break;
      case 'served':
      case 'cleaned':
        this.fold(event.from);
        this.fold(event.to);
        break;
      case 'duplicated':
        this.fold(event.base);
        this.fold(event.last);
        break;
      case 'outOfRange':
        this.#fold32(event.replica);
        this.fold(event.offset);
        break;
      case 'diverged':
        this.#fold32(event.replica);
        this.#fold32(event.epoch);
        this.fold(event.endOffset);
        break;
      default:
        this.#foldDecision(event);
    }
  }

  #foldDecision(event: Exclude<NodeEvent, { readonly type: FoldedAbove }>): void {
    switch (event.type) {
      case 'partitionState':
        this.#fold32(event.leader);
        this.#fold32(event.leaderEpoch);
        this.#fold32(event.partitionEpoch);
        this.#foldIds(event.replicas);
        this.#foldIds(event.isr);
        this.#foldIds(event.elr);
        this.#fold32(event.minIsr);
        break;
      case 'elected':
        this.#fold32(electionCode[event.kind]);
        this.#fold32(event.leader);
        this.#fold32(event.leaderEpoch);
        break;
      case 'isrShrunk':
      case 'isrExpanded':
        this.#foldIds(event.isr);
        break;
      case 'registered':
        this.#fold32(event.broker);
        this.fold(event.brokerEpoch);
        this.#fold32(event.unclean ? 1 : 0);
        break;
      case 'fenced':
      case 'unfenced':
        this.#fold32(event.broker);
        break;
      case 'brokerState':
        this.#fold32(event.broker);
        this.#fold32(event.fenced ? 1 : 0);
        break;
      case 'controllerActive':
        this.#fold32(event.epoch);
        break;
      case 'answered':
        this.#fold32(event.apiKey);
        this.#fold32(event.error);
        break;
      case 'produceRetried':
        this.#fold32(event.error);
        break;
      case 'epochBumped':
        this.#fold32(event.epoch);
        break;
      default:
        this.#foldStorage(event);
    }
  }

  #foldStorage(event: StorageEvent | GroupEvent): void {
    switch (event.type) {
      case 'damageFound':
      case 'damageReceived':
        this.fold(event.offset);
        break;
      case 'directoryFailed':
        this.foldText(event.directory);
        this.foldText(event.error);
        break;
      case 'gaveUp':
        this.#fold32(hashText(event.reason));
        break;
      case 'producersRebuilt':
        this.fold(event.from);
        break;
      case 'replicaMoved':
        this.foldText(event.directory);
        break;
      case 'producersForgotten':
      case 'logRemoved':
      case 'running':
        break;
      default:
        this.#foldGroup(event);
    }
  }

  #foldOffsets(offsets: readonly GroupOffset[]): void {
    this.#fold32(offsets.length);
    for (const { partition, offset } of offsets) {
      this.foldText(partition);
      this.fold(offset);
    }
  }

  /** Member ids hold random words; they are hashed as they come, since keeping each would only fill memory. */
  #foldGroup(event: GroupEvent): void {
    if ('group' in event) this.foldText(event.group);
    switch (event.type) {
      case 'generation':
        this.#fold32(event.generation);
        this.#fold32(event.members.length);
        for (const member of event.members) this.#fold32(hashText(member));
        this.foldText(event.protocol);
        this.#fold32(hashText(event.leader));
        this.foldText(event.reason);
        this.fold(event.timeoutMs);
        break;
      case 'rebalancing':
        this.#fold32(event.generation);
        this.foldText(event.reason);
        break;
      case 'memberRemoved':
      case 'memberSynced':
        this.#fold32(hashText(event.member));
        break;
      case 'assignment':
        this.#fold32(event.generation);
        this.#fold32(event.members.length);
        for (const { member, partitions } of event.members) {
          this.#fold32(hashText(member));
          this.#fold32(partitions?.length ?? -1);
          for (const partition of partitions ?? []) this.foldText(partition);
        }
        break;
      case 'commitAccepted':
        this.#fold32(hashText(event.member));
        this.#fold32(event.generation);
        this.#foldOffsets(event.offsets);
        break;
      case 'offsetsFetched':
        this.#fold32(event.stable ? 1 : 0);
        this.#foldOffsets(event.offsets);
        break;
      case 'forgotten':
        this.foldText(event.cause);
        this.#fold32(event.whole ? 1 : 0);
        this.#fold32(event.partitions.length);
        for (const partition of event.partitions) this.foldText(partition);
        break;
      case 'committed':
        this.#fold32(hashText(event.member));
        this.#fold32(event.generation);
        this.fold(event.offset);
        break;
      case 'coordinator':
        this.foldText(event.role);
        this.#fold32(event.epoch);
        break;
      default:
        unreachable(event);
    }
  }
}

type StorageEvent = Extract<
  NodeEvent,
  {
    readonly type:
      | ('damageFound' | 'damageReceived' | 'directoryFailed' | 'gaveUp' | 'replicaMoved')
      | ('producersRebuilt' | 'producersForgotten' | 'logRemoved' | 'running');
  }
>;

type FoldedAbove =
  | ('appended' | 'truncated' | 'logStart' | 'highWatermark' | 'metadataApplied' | 'synced' | 'recovered' | 'cleaned')
  | ('role' | 'isr' | 'acknowledged' | 'served' | 'duplicated' | 'outOfRange' | 'diverged');

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** Every input bit reaches every output bit (the finalizer of MurmurHash3). */
function avalanche(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
