/**
 * A broker's standing with the controller: registration, heartbeats, controlled shutdown. Runs in the lane `heartbeat` and touches no disk,
 * so that a slow disk makes a follower leave the ISR by its lag and not the broker get fenced. Source: BrokerLifecycleManager, KIP-631.
 *
 *   notRunning -> starting      registering, then fenced heartbeats until the metadata is caught up with the registration
 *   starting -> recovery        caught up; the replicas take their roles
 *   recovery -> running         ready and unfenced by the controller
 *   any -> controlledShutdown   leaderships move away until the controller lets go
 *   any -> shuttingDown         granted, timed out, or ended at once
 */
import type { Timer } from '../../io/clock.ts';
import type { World } from '../../io/world.ts';
import { type BrokerEpoch, brokerEpoch } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import { type Uuid, uuidFromWords } from '../../model/uuid.ts';
import { apis } from '../../protocol/apis.ts';
import type { BrokerHeartbeatResponse } from '../../protocol/messages/broker-heartbeat.ts';
import type { BrokerRegistrationRequestInput } from '../../protocol/messages/broker-registration.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { ControllerLink } from './controller-link.ts';

export type BrokerState = 'notRunning' | 'starting' | 'recovery' | 'running' | 'controlledShutdown' | 'shuttingDown';

export interface LifeCycleListener {
  /** The controller knows this incarnation under this epoch. */
  registered(epoch: BrokerEpoch): void;
  /** The metadata reaches beyond the registration: time to take roles, then call readyToUnfence(). */
  caughtUp(): void;
  running(): void;
  /** Nobody depends on this broker any more, or it was not let go in time. */
  shutDownGranted(): void;
  /** initial.broker.registration.timeout.ms is over. */
  registrationFailed(): void;
  /** log.dir.failure.timeout.ms is over, and the controller still takes this broker for the holder of what lies in a failed directory. */
  failureUntold(): void;
}

export interface LifeCycleOptions {
  readonly world: World;
  readonly config: BrokerConfig;
  readonly link: ControllerLink;
  /** What is registered, but for the incarnation. */
  readonly registration: () => Omit<BrokerRegistrationRequestInput, 'incarnationId'>;
  /** The offset of the last metadata record applied. */
  readonly metadataOffset: () => number;
  readonly offlineLogDirs: () => readonly Uuid[];
  readonly listener: LifeCycleListener;
}

/** What a heartbeat said. */
interface Told {
  readonly wantFence: boolean;
  readonly wantShutDown: boolean;
  readonly offlineLogDirs: readonly Uuid[];
}

const startingIntervalMs = 10;
const shutdownIntervalMs = 50;
/** Until the controller is known it is looked for again this often. */
const controllerUnknownMs = 50;
/** BrokerServer.shutdown waits so long for the controller's leave. */
const shutdownTimeoutMs = 300_000;

export class LifeCycle {
  readonly #options: LifeCycleOptions;
  readonly #incarnation: Uuid;
  #state: BrokerState = 'notRunning';
  #epoch: BrokerEpoch = brokerEpoch(-1);
  #readyToUnfence = false;
  #shutdownAnswered = false;
  #asking = false;
  #timer: Timer | undefined;
  #registrationTimer: Timer | undefined;
  #shutdownTimer: Timer | undefined;
  /** Runs while a failed directory was not told of. */
  #failureTimer: Timer | undefined;

  constructor(options: LifeCycleOptions) {
    this.#options = options;
    const { random } = options.world;
    const name = `broker ${options.config.nodeId} incarnation`;
    this.#incarnation = uuidFromWords(random.uint32(name), random.uint32(name), random.uint32(name), random.uint32(name));
  }

  get state(): BrokerState {
    return this.#state;
  }
  /** -1 before the registration. */
  get epoch(): BrokerEpoch {
    return this.#epoch;
  }

  start(): void {
    this.#state = 'starting';
    const { world, config, listener } = this.#options;
    this.#registrationTimer = world.clock.after('registration timeout', config.initialBrokerRegistrationTimeoutMs, () =>
      world.on('heartbeat', () => {
        if (this.#epoch < 0 && this.#state === 'starting') listener.registrationFailed();
      }),
    );
    this.#next(0);
  }

  /** The replicas have their roles: the controller may unfence this broker. */
  readyToUnfence(): void {
    this.#readyToUnfence = true;
    this.#next(0);
  }

  /** The controller hears of it at once, since replicas wait for another leader (BrokerLifecycleManager.propagateDirectoryFailure). */
  directoryFailed(): void {
    const { world, config, listener } = this.#options;
    this.#failureTimer ??= world.clock.after('log directory failure timeout', config.logDirFailureTimeoutMs, () =>
      world.on('heartbeat', () => listener.failureUntold()),
    );
    if (this.#epoch >= 0) this.#next(0);
  }

  /** Asks to leave; `shutDownGranted` follows. */
  beginControlledShutdown(): void {
    if (this.#state === 'controlledShutdown' || this.#state === 'shuttingDown') return;
    const { world } = this.#options;
    if (this.#epoch < 0) {
      this.#granted();
      return;
    }
    this.#state = 'controlledShutdown';
    this.#shutdownTimer = world.clock.after('controlled shutdown timeout', shutdownTimeoutMs, () => world.on('heartbeat', () => this.#granted()));
    this.#next(0);
  }

  close(): void {
    this.#state = 'shuttingDown';
    this.#timer?.cancel();
    this.#registrationTimer?.cancel();
    this.#shutdownTimer?.cancel();
    this.#failureTimer?.cancel();
  }

  #granted(): void {
    if (this.#state === 'shuttingDown') return;
    this.close();
    this.#options.listener.shutDownGranted();
  }

  /** One request at a time: asking sooner than planned takes the place of the plan. */
  #next(delayMs: number): void {
    if (this.#asking || this.#state === 'shuttingDown') return;
    this.#timer?.cancel();
    const { world } = this.#options;
    this.#timer = world.clock.after('heartbeat', delayMs, () => world.on('heartbeat', () => this.#communicate()));
  }

  #communicate(): void {
    if (this.#asking || this.#state === 'shuttingDown') return;
    if (!this.#options.link.known) {
      this.#next(controllerUnknownMs);
      return;
    }
    this.#asking = true;
    if (this.#epoch < 0) this.#register();
    else this.#heartbeat();
  }

  #register(): void {
    const body = { ...this.#options.registration(), incarnationId: this.#incarnation };
    this.#options.link.send(apis.brokerRegistration, body, (answer) => {
      this.#asking = false;
      if (this.#state === 'shuttingDown') return;
      if (!answer.ok || answer.value.errorCode !== ErrorCode.NONE) {
        this.#next(this.#options.config.brokerHeartbeatIntervalMs);
        return;
      }
      this.#registrationTimer?.cancel();
      this.#epoch = brokerEpoch(answer.value.brokerEpoch);
      this.#options.listener.registered(this.#epoch);
      this.#next(0);
    });
  }

  #heartbeat(): void {
    const { config, link, metadataOffset, offlineLogDirs } = this.#options;
    const body = {
      brokerId: config.nodeId,
      brokerEpoch: this.#epoch,
      currentMetadataOffset: metadataOffset(),
      wantFence: !this.#readyToUnfence,
      wantShutDown: this.#state === 'controlledShutdown',
      offlineLogDirs: offlineLogDirs(),
    };
    link.send(apis.brokerHeartbeat, body, (answer) => {
      this.#asking = false;
      if (this.#state === 'shuttingDown') return;
      if (answer.ok && answer.value.errorCode === ErrorCode.NONE) this.#heard(answer.value, body);
      else this.#next(config.brokerHeartbeatIntervalMs);
    });
  }

  #heard(answer: BrokerHeartbeatResponse, { wantFence, wantShutDown, offlineLogDirs }: Told): void {
    const { config, listener } = this.#options;
    const allTold = offlineLogDirs.length === this.#options.offlineLogDirs().length;
    if (allTold) {
      this.#failureTimer?.cancel();
      this.#failureTimer = undefined;
    }
    if (this.#state === 'starting' && answer.isCaughtUp) {
      this.#state = 'recovery';
      listener.caughtUp();
    } else if (this.#state === 'recovery' && !answer.isFenced) {
      this.#state = 'running';
      listener.running();
    }
    if (this.#state === 'controlledShutdown' && wantShutDown) {
      if (answer.shouldShutDown) {
        this.#granted();
        return;
      }
      this.#shutdownAnswered = true;
    }
    // What changed while the request was on its way is said at once.
    if (!allTold || wantFence !== !this.#readyToUnfence || (this.#state === 'controlledShutdown' && !wantShutDown)) this.#next(0);
    else if (this.#state === 'starting') this.#next(startingIntervalMs);
    else if (this.#shutdownAnswered) this.#next(shutdownIntervalMs);
    else this.#next(config.brokerHeartbeatIntervalMs);
  }
}
