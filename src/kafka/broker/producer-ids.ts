/**
 * Producer ids for idempotent producers: handed out from blocks that the controller allocates, so that no two brokers give the same one.
 * Owns the current and the next block. Source: RPCProducerIdManager.
 */
import type { World } from '../../io/world.ts';
import type { BrokerEpoch, BrokerId } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { apis } from '../../protocol/apis.ts';
import type { ControllerLink } from './controller-link.ts';

/** The next block is asked for when this share of the current one is used. */
const prefetchPercent = 90;
const retryBackoffMs = 50;

interface Block {
  next: number;
  readonly end: number;
  readonly prefetchAt: number;
}

export class ProducerIds {
  readonly #world: World;
  readonly #brokerId: BrokerId;
  readonly #brokerEpoch: () => BrokerEpoch;
  readonly #controller: ControllerLink;
  #current: Block | undefined;
  #following: Block | undefined;
  #asking = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;

  constructor(world: World, brokerId: BrokerId, brokerEpoch: () => BrokerEpoch, controller: ControllerLink) {
    this.#world = world;
    this.#brokerId = brokerId;
    this.#brokerEpoch = brokerEpoch;
    this.#controller = controller;
  }

  /** A fresh id; COORDINATOR_LOAD_IN_PROGRESS, which a client retries, while a block is being asked for. */
  next(): Result<number, ErrorCode> {
    if (this.#current === undefined || this.#current.next === this.#current.end) {
      this.#current = this.#following;
      this.#following = undefined;
    }
    const block = this.#current;
    if (block === undefined || block.next >= block.prefetchAt) this.#ask();
    if (block === undefined) return failed(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    return ok(block.next++);
  }

  #ask(): void {
    if (this.#asking || this.#following !== undefined || this.#world.clock.monotonicMs() < this.#retryAtMs) return;
    this.#asking = true;
    this.#controller.send(apis.allocateProducerIds, { brokerId: this.#brokerId, brokerEpoch: this.#brokerEpoch() }, (answer) => {
      this.#asking = false;
      if (!answer.ok || answer.value.errorCode !== ErrorCode.NONE) {
        this.#retryAtMs = this.#world.clock.monotonicMs() + retryBackoffMs;
        return;
      }
      const { producerIdStart: next, producerIdLen } = answer.value;
      this.#following = { next, end: next + producerIdLen, prefetchAt: next + Math.floor((producerIdLen * prefetchPercent) / 100) };
    });
  }
}
