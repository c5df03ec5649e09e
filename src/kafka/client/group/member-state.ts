/**
 * Where a member stands in its group and who it is there. Owns the legal transitions; who makes them is membership.ts. As
 * AbstractCoordinator.MemberState and Generation.
 *
 * unjoined, stable -> preparing: JoinGroup is sent.   preparing, completing -> preparing: and sent again.
 * preparing -> completing: JoinGroup was answered, SyncGroup is sent.   completing -> stable: SyncGroup was answered.   any -> unjoined: forgotten.
 */
import { invariant } from '../../../model/invariant.ts';
import type { Forget, MemberStanding } from './rules.ts';

/** Who a member is to its coordinator; two are the same when they are equal in all. */
export interface Identity {
  /** -1 for none. */
  readonly generation: number;
  /** Empty for none; a member may have an id before it is in a generation. */
  readonly memberId: string;
  /** The assignor that the coordinator chose; undefined outside a generation. */
  readonly protocol: string | undefined;
}

const nobody: Identity = { generation: -1, memberId: '', protocol: undefined };

export class MemberState {
  #standing: MemberStanding = 'unjoined';
  #identity: Identity = nobody;

  get standing(): MemberStanding {
    return this.#standing;
  }

  get identity(): Identity {
    return this.#identity;
  }

  get inGeneration(): boolean {
    return this.#identity.generation >= 0 && this.#identity.memberId !== '';
  }

  is(identity: Identity): boolean {
    const { generation, memberId, protocol } = this.#identity;
    return generation === identity.generation && memberId === identity.memberId && protocol === identity.protocol;
  }

  prepare(): void {
    this.#standing = 'preparing';
  }

  complete(identity: Identity): void {
    invariant(this.#standing === 'preparing', 'a member enters a generation by JoinGroup', this.#standing);
    invariant(identity.generation >= 0 && identity.memberId !== '', 'a member of a generation has an id', identity.generation, identity.memberId);
    this.#standing = 'completing';
    this.#identity = identity;
  }

  stabilise(): void {
    invariant(this.#standing === 'completing', 'a member is stable after SyncGroup', this.#standing);
    this.#standing = 'stable';
  }

  /** The coordinator wants it to use this id (KIP-394). */
  take(memberId: string): void {
    this.#identity = { ...nobody, memberId };
  }

  /** Out of the generation; `generation` keeps the member id, which may still be worth something. */
  forget(what: Exclude<Forget, 'nothing'>): void {
    this.#standing = 'unjoined';
    this.#identity = what === 'member' ? nobody : { ...nobody, memberId: this.#identity.memberId };
  }
}
