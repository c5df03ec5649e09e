/**
 * Where the coordinator of a group is, and a connection to it of its own: a JoinGroup may wait for minutes, and what comes behind it on the
 * same connection waits with it. Owns FindCoordinator and its back-off; what requests say and what answers mean is others'.
 *
 * unknown -> asking -> known -> unknown: an answer says that it moved, or the connection broke. Lane: requests.
 */
import type { Timer } from '../../../io/clock.ts';
import type { World } from '../../../io/world.ts';
import { ErrorCode } from '../../../model/error-code.ts';
import type { Api } from '../../../protocol/apis.ts';
import { apis } from '../../../protocol/apis.ts';
import type { FindCoordinatorResponse } from '../../../protocol/messages/find-coordinator.ts';
import type { Infer, Message } from '../../../protocol/schema/schema.ts';
import { type Body, Channel } from '../../rpc/channel.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { GroupConsumerConfig } from '../config.ts';
import { type ClientRules, errorOfRpc } from '../rules.ts';

export interface LinkEvents {
  found(): void;
  lost(): void;
  /** One question led nowhere; unless `fatal` it is asked again. */
  notFound(error: number, fatal: boolean): void;
}

/** `error` is what stands for an answer that never came, 0 where there is one. `era` says which coordinator it was. */
export type Answered<S extends Message> = (answer: Infer<S> | undefined, error: number, era: number) => void;

const groupKeyType = 0;
/** FindCoordinator asks for several keys from here on. */
const firstVersionWithKeys = 4;

export class CoordinatorLink {
  readonly #world: World;
  readonly #cluster: ClusterView;
  readonly #config: GroupConsumerConfig;
  readonly #rules: ClientRules;
  readonly #name: string;
  readonly #events: LinkEvents;
  #channel: Channel | undefined;
  #era = 0;
  #asking = false;
  #retry: Timer | undefined;
  /** Failures since a coordinator was last reached. */
  #failures = 0;
  #closed = false;

  constructor(world: World, cluster: ClusterView, config: GroupConsumerConfig, rules: ClientRules, name: string, events: LinkEvents) {
    this.#world = world;
    this.#cluster = cluster;
    this.#config = config;
    this.#rules = rules;
    this.#name = name;
    this.#events = events;
  }

  get known(): boolean {
    return this.#channel !== undefined;
  }

  /** Looks for the coordinator, until it is found or cannot be. Does nothing while it is known or looked for. */
  find(): void {
    if (this.#channel !== undefined || this.#asking || this.#retry !== undefined || this.#closed) return;
    if (this.#failures === 0) {
      this.#ask();
      return;
    }
    const backoff = { initialMs: this.#config.retryBackoffMs, maxMs: this.#config.retryBackoffMaxMs };
    const waitMs = this.#rules.backoffMs(backoff, this.#failures - 1, this.#world.random.uint32(`${this.#name} coordinator`));
    this.#retry = this.#world.clock.after(`${this.#name} coordinator`, waitMs, () =>
      this.#world.on('requests', () => {
        this.#retry = undefined;
        if (this.#channel === undefined && !this.#closed) this.#ask();
      }),
    );
  }

  /** Asks the coordinator; NETWORK_EXCEPTION where there is none. `done` comes once, in a step of its own. */
  send<Q extends Message, S extends Message>(
    api: Api<Q, S>,
    body: Body<Q>,
    done: Answered<S>,
    options?: { readonly timeoutMs?: number; readonly maxVersion?: number },
  ): void {
    const era = this.#era;
    const channel = this.#channel;
    if (channel === undefined) {
      this.#world.on('requests', () => done(undefined, ErrorCode.NETWORK_EXCEPTION, era));
      return;
    }
    channel.send(
      api,
      body,
      (result) => (result.ok ? done(result.value, ErrorCode.NONE, era) : done(undefined, errorOfRpc(result.error), era)),
      options,
    );
  }

  /** The coordinator of that era is none any more; news of an older one is no news. */
  lose(era = this.#era): void {
    if (era !== this.#era || this.#channel === undefined || this.#closed) return;
    const channel = this.#channel;
    this.#channel = undefined;
    this.#era++;
    channel.close();
    this.#events.lost();
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#channel?.close();
  }

  #ask(): void {
    this.#asking = true;
    const { groupId } = this.#config;
    this.#cluster.leastLoaded().send(
      apis.findCoordinator,
      (version) =>
        version >= firstVersionWithKeys ? { keyType: groupKeyType, coordinatorKeys: [groupId] } : { keyType: groupKeyType, key: groupId },
      (result, version) => {
        this.#asking = false;
        if (this.#closed) return;
        if (!result.ok) this.#notFound(errorOfRpc(result.error));
        else this.#answered(result.value, version);
      },
    );
  }

  #answered(answer: FindCoordinatorResponse, version: number): void {
    const found = version >= firstVersionWithKeys ? answer.coordinators[0] : answer;
    const error = found?.errorCode ?? ErrorCode.COORDINATOR_NOT_AVAILABLE;
    if (found === undefined || this.#rules.group.afterFindCoordinator(error) !== 'found') {
      this.#notFound(error);
      return;
    }
    this.#connect(found.nodeId, found.host, found.port);
    this.#events.found();
  }

  #notFound(error: number): void {
    this.#failures++;
    const fatal = this.#rules.group.afterFindCoordinator(error) === 'fatal';
    this.#cluster.requestUpdate();
    this.#events.notFound(error, fatal);
    if (!fatal) this.find();
  }

  #connect(nodeId: number, host: string, port: number): void {
    const config = this.#config;
    const era = ++this.#era;
    // Counts as a failure until it is reached, so that a coordinator that is down is not asked for without a pause.
    this.#failures++;
    this.#channel = new Channel(this.#world, {
      clientId: config.clientId,
      host,
      port,
      lane: 'requests',
      requestTimeoutMs: config.requestTimeoutMs,
      connectTimeoutMs: config.socketConnectionSetupTimeoutMs,
      connectTimeoutMaxMs: config.socketConnectionSetupTimeoutMaxMs,
      reconnectBackoff: { initialMs: config.reconnectBackoffMs, maxMs: config.reconnectBackoffMaxMs },
      name: `${this.#name} to coordinator ${nodeId}`,
      stateChanged: (state) => {
        if (state === 'ready' && era === this.#era) this.#failures = 0;
        if (state === 'disconnected') this.lose(era);
      },
    });
  }
}
