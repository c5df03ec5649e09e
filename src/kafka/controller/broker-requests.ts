/**
 * The life of a broker as the controller sees it: registration, heartbeats, fencing, controlled shutdown, unregistration.
 * Owns the requests and their records; whether a registration stands, what state follows and when a session is over are rules.
 * Source: ClusterControlManager.registerBroker, ReplicationControlManager (handleBrokerFenced, handleBrokerShutdown, ...).
 */
import { type BrokerEpoch, type BrokerId, brokerEpoch } from '../../model/brand.ts';
import { ErrorCode } from '../../model/error-code.ts';
import type { BrokerHeartbeatRequest, BrokerHeartbeatResponseInput } from '../../protocol/messages/broker-heartbeat.ts';
import type { BrokerRegistrationRequest, BrokerRegistrationResponseInput } from '../../protocol/messages/broker-registration.ts';
import type { BrokerRegistrationChangeRecord } from '../../protocol/messages/metadata/broker-registration-change-record.ts';
import type { UnregisterBrokerRequest, UnregisterBrokerResponseInput } from '../../protocol/messages/unregister-broker.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import type { BrokerRegistration } from '../metadata/registration.ts';
import type { BrokerState, HeartbeatQuestion } from '../rules/controller.ts';
import type { ControllerState, Outcome, SoftChange } from './controller-state.ts';
import { PartitionEdits } from './partition-edits.ts';

/** Kafka keeps the first hundred uuids for special meanings; in text they begin with this many zero characters. */
const reservedUuidPrefix = 'AAAAAAAAAAAAAAAAAAAA';

export function registerBroker(state: ControllerState, request: BrokerRegistrationRequest, nowMs: number): Outcome<BrokerRegistrationResponseInput> {
  if (request.clusterId !== state.config.clusterId) return refuse(ErrorCode.INCONSISTENT_CLUSTER_ID);
  if (request.brokerId < 0) return refuse(ErrorCode.INVALID_REQUEST);
  const id = request.brokerId as BrokerId;
  const known = state.image.brokers.get(id);
  const session = state.sessions.of(id);
  const answer = state.rules.checkRegistration({
    incarnation: request.incarnationId,
    previousBrokerEpoch: request.previousBrokerEpoch as BrokerEpoch,
    known,
    sessionLive:
      known !== undefined &&
      session.epoch === known.epoch &&
      session.lastContactMs !== undefined &&
      !state.rules.isStale(session.lastContactMs, nowMs, state.config.brokerSessionTimeoutMs),
  });
  if (answer.type === 'refused') return refuse(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
  const error = registrationError(state, request);
  if (error !== ErrorCode.NONE) return refuse(error);
  const cleaning = answer.type === 'accepted' ? withdrawRestarted(state, id, answer.unclean) : [];
  const again = answer.type === 'same' ? known : undefined;
  const epoch = again?.epoch ?? brokerEpoch(state.nextOffset + cleaning.length);
  const record: MetadataRecord = {
    type: 'registerBroker',
    value: {
      brokerId: id,
      isMigratingZkBroker: false,
      incarnationId: request.incarnationId,
      brokerEpoch: epoch,
      endPoints: request.listeners,
      features: request.features,
      rack: request.rack,
      fenced: again?.fenced ?? true,
      inControlledShutdown: again?.inControlledShutdown ?? false,
      logDirs: request.logDirs,
      cordonedLogDirs: null,
    },
  };
  return {
    response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, brokerEpoch: epoch },
    records: [...cleaning, record],
    soft: { type: 'heard', broker: id, session: { lastContactMs: nowMs } },
    unclean: answer.type === 'accepted' && answer.unclean,
  };
}

const refuse = (errorCode: ErrorCode): Outcome<BrokerRegistrationResponseInput> => ({
  response: { throttleTimeMs: 0, errorCode, brokerEpoch: -1 },
  records: [],
});

function registrationError(state: ControllerState, request: BrokerRegistrationRequest): ErrorCode {
  const directories = request.logDirs;
  if (directories.length === 0 || request.listeners.length === 0) return ErrorCode.INVALID_REGISTRATION;
  if (new Set(directories).size !== directories.length) return ErrorCode.INVALID_REGISTRATION;
  if (directories.some((directory) => directory.startsWith(reservedUuidPrefix))) return ErrorCode.INVALID_REGISTRATION;
  for (const other of state.image.brokers.values())
    if (other.id !== request.brokerId && other.logDirs.some((directory) => directories.includes(directory))) return ErrorCode.INVALID_REGISTRATION;
  for (const [name, level] of state.image.features) {
    const offered = request.features.find((feature) => feature.name === name);
    if (offered === undefined || level < offered.minSupportedVersion || level > offered.maxSupportedVersion) return ErrorCode.UNSUPPORTED_VERSION;
  }
  return ErrorCode.NONE;
}

/** A new incarnation leaves all ISRs; without proof of a clean stop it is no longer eligible either, with ELR off it keeps the last place. */
function withdrawRestarted(state: ControllerState, broker: BrokerId, unclean: boolean): readonly MetadataRecord[] {
  const edits = new PartitionEdits(state, { leaving: broker });
  if (unclean && state.elrEnabled) {
    edits.withdraw(broker, state.index.inSync(broker), { uncleanRestarted: broker });
    edits.withdraw(broker, state.index.eligible(broker), { uncleanRestarted: broker });
  } else edits.withdraw(broker, state.index.inSync(broker));
  return edits.records;
}

export function brokerHeartbeat(state: ControllerState, request: BrokerHeartbeatRequest, nowMs: number): Outcome<BrokerHeartbeatResponseInput> {
  const broker = state.currentBroker(request.brokerId, request.brokerEpoch);
  if (broker === undefined)
    return {
      response: { throttleTimeMs: 0, errorCode: ErrorCode.STALE_BROKER_EPOCH, isCaughtUp: false, isFenced: true, shouldShutDown: false },
      records: [],
    };
  const session = state.sessions.of(broker.id);
  const now = session.controlledShutdownOffset >= 0 ? 'controlledShutdown' : broker.fenced ? 'fenced' : 'unfenced';
  const registrationOffset = state.registrationOffset(broker.id);
  const next = state.rules.nextBrokerState({
    state: now,
    wantFence: request.wantFence,
    wantShutDown: request.wantShutDown,
    currentMetadataOffset: request.currentMetadataOffset,
    registrationOffset,
    leads: () => state.index.leads(broker.id),
    lowestActiveOffset: () => lowestActiveOffset(state, broker.id),
    controlledShutdownOffset: session.controlledShutdownOffset,
  });
  return {
    response: {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      isCaughtUp: request.currentMetadataOffset >= registrationOffset,
      isFenced: next === 'fenced' || next === 'shutdownNow',
      shouldShutDown: next === 'shutdownNow',
    },
    // A broker names its failed directories in every heartbeat: in one that changes its state they can wait for the next.
    records: next === now ? offlineDirectories(state, broker, request) : transitionRecords(state, broker, next),
    soft: softChange(broker.id, now, next, { lastContactMs: nowMs, metadataOffset: request.currentMetadataOffset }),
  };
}

function softChange(
  broker: BrokerId,
  now: HeartbeatQuestion['state'],
  next: BrokerState,
  heard: { readonly lastContactMs: number; readonly metadataOffset: number },
): SoftChange {
  if (next === 'shutdownNow') return { type: 'ended', broker };
  if (next === 'controlledShutdown') return { type: now === next ? 'heard' : 'began', broker, session: heard };
  return {
    type: 'heard',
    broker,
    session: { lastContactMs: heard.lastContactMs, metadataOffset: heard.metadataOffset, controlledShutdownOffset: -1 },
  };
}

/** Brokers on their way out do not hold up one another. */
function lowestActiveOffset(state: ControllerState, except: BrokerId): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const broker of state.image.brokers.values()) {
    if (broker.id === except || broker.fenced) continue;
    const session = state.sessions.of(broker.id);
    if (session.controlledShutdownOffset < 0) lowest = Math.min(lowest, session.metadataOffset);
  }
  return lowest;
}

function transitionRecords(state: ControllerState, broker: BrokerRegistration, next: BrokerState): readonly MetadataRecord[] {
  switch (next) {
    case 'fenced':
    case 'shutdownNow':
      return broker.fenced ? [] : fenceBroker(state, broker);
    case 'unfenced':
      return unfenceBroker(state, broker);
    case 'controlledShutdown':
      return beginControlledShutdown(state, broker);
  }
}

/** Out of every ISR, leaders elected where it led, then fenced. */
export function fenceBroker(state: ControllerState, broker: BrokerRegistration): readonly MetadataRecord[] {
  const edits = new PartitionEdits(state, { leaving: broker.id });
  edits.withdraw(broker.id, state.index.inSync(broker.id));
  return [...edits.records, registrationChange(broker, { fenced: 1 })];
}

/** Unfenced, and then leader of what waited for it. */
function unfenceBroker(state: ControllerState, broker: BrokerRegistration): readonly MetadataRecord[] {
  const edits = new PartitionEdits(state, { joining: broker.id });
  for (const partition of state.index.leaderless) edits.change(partition, {});
  return [registrationChange(broker, { fenced: -1 }), ...edits.records];
}

function beginControlledShutdown(state: ControllerState, broker: BrokerRegistration): readonly MetadataRecord[] {
  const edits = new PartitionEdits(state, { leaving: broker.id });
  edits.withdraw(broker.id, state.index.inSync(broker.id));
  return [...(broker.inControlledShutdown ? [] : [registrationChange(broker, { inControlledShutdown: 1 })]), ...edits.records];
}

/** Replicas in a directory that just failed leave the ISR; the broker goes on with the others (KIP-858). */
function offlineDirectories(state: ControllerState, broker: BrokerRegistration, request: BrokerHeartbeatRequest): readonly MetadataRecord[] {
  const failed = broker.logDirs.filter((directory) => request.offlineLogDirs.includes(directory));
  if (failed.length === 0 || failed.length === broker.logDirs.length) return [];
  const edits = new PartitionEdits(state, { leaving: broker.id });
  for (const partition of state.index.inSync(broker.id)) {
    const directory = partition.directories[partition.replicas.indexOf(broker.id)];
    if (directory !== undefined && failed.includes(directory)) edits.withdraw(broker.id, [partition]);
  }
  return [...edits.records, registrationChange(broker, { logDirs: broker.logDirs.filter((directory) => !failed.includes(directory)) })];
}

function registrationChange(
  broker: BrokerRegistration,
  change: Partial<Pick<BrokerRegistrationChangeRecord, 'fenced' | 'inControlledShutdown' | 'logDirs'>>,
): MetadataRecord {
  return {
    type: 'brokerRegistrationChange',
    value: { brokerId: broker.id, brokerEpoch: broker.epoch, fenced: 0, inControlledShutdown: 0, logDirs: [], cordonedLogDirs: null, ...change },
  };
}

/** One silent broker a call, so that the effect of fencing it is seen before the next one is judged. */
export function fenceOneStaleBroker(state: ControllerState, nowMs: number): Outcome<BrokerId | undefined> {
  for (const broker of state.image.brokers.values()) {
    const session = state.sessions.of(broker.id);
    if (session.lastContactMs === undefined || !state.rules.isStale(session.lastContactMs, nowMs, state.config.brokerSessionTimeoutMs)) continue;
    return {
      response: broker.id,
      records: broker.fenced ? [] : fenceBroker(state, broker),
      soft: { type: 'ended', broker: broker.id },
    };
  }
  return { response: undefined, records: [] };
}

export function unregisterBroker(state: ControllerState, request: UnregisterBrokerRequest): Outcome<UnregisterBrokerResponseInput> {
  const broker = state.image.brokers.get(request.brokerId as BrokerId);
  if (broker === undefined)
    return {
      response: {
        throttleTimeMs: 0,
        errorCode: ErrorCode.BROKER_ID_NOT_REGISTERED,
        errorMessage: `Broker ID ${request.brokerId} is not currently registered`,
      },
      records: [],
    };
  const edits = new PartitionEdits(state, { leaving: broker.id });
  edits.withdraw(broker.id, state.index.inSync(broker.id), { uncleanRestarted: broker.id });
  edits.withdraw(broker.id, state.index.eligible(broker.id), { uncleanRestarted: broker.id });
  return {
    response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null },
    records: [...edits.records, { type: 'unregisterBroker', value: { brokerId: broker.id, brokerEpoch: broker.epoch } }],
  };
}
