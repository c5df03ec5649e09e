/**
 * A connection to whichever controller is active, made anew when another one takes over.
 * Owns no retries: while no controller is known a request fails at once, as if the connection had. Source: NodeToControllerChannelManager.
 */
import type { Lane, World } from '../../io/world.ts';
import type { BrokerId } from '../../model/brand.ts';
import { failed } from '../../model/result.ts';
import type { Api } from '../../protocol/apis.ts';
import type { Message } from '../../protocol/schema/schema.ts';
import { type Body, Channel, type Done, type SendOptions } from '../rpc/channel.ts';

export interface ControllerLinkOptions {
  /** What the connection is for; part of its client id. */
  readonly purpose: string;
  readonly brokerId: BrokerId;
  readonly lane: Lane;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

export interface ControllerAddress {
  readonly host: string;
  readonly port: number;
}

export class ControllerLink {
  readonly #world: World;
  readonly #options: ControllerLinkOptions;
  #address: ControllerAddress | undefined;
  #channel: Channel | undefined;

  constructor(world: World, options: ControllerLinkOptions) {
    this.#world = world;
    this.#options = options;
  }

  get known(): boolean {
    return this.#channel !== undefined;
  }

  /** The active controller is here now, or nobody knows. */
  moved(address: ControllerAddress | undefined): void {
    if (address?.host === this.#address?.host && address?.port === this.#address?.port) return;
    this.close();
    this.#address = address;
    if (address === undefined) return;
    const { purpose, brokerId, lane, requestTimeoutMs, connectTimeoutMs } = this.#options;
    const clientId = `broker-${brokerId}-${purpose}`;
    this.#channel = new Channel(this.#world, { clientId, host: address.host, port: address.port, lane, requestTimeoutMs, connectTimeoutMs });
  }

  send<Q extends Message, S extends Message>(api: Api<Q, S>, body: Body<Q>, done: Done<S>, options?: SendOptions): void {
    if (this.#channel !== undefined) this.#channel.send(api, body, done, options);
    else this.#world.on(this.#options.lane, () => done(failed('disconnected'), -1));
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#address = undefined;
  }
}
