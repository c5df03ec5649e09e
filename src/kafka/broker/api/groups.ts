/**
 * JoinGroup (11), SyncGroup (14), Heartbeat (12), LeaveGroup (13): the life of a member of a classic group, and the routes of all group APIs.
 * Owns what each version says and leaves out; what becomes of the group is its coordinator's. Source: KafkaApis, GroupCoordinatorService.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import { apis } from '../../../protocol/apis.ts';
import type { HeartbeatRequest, HeartbeatResponseInput } from '../../../protocol/messages/heartbeat.ts';
import type { JoinGroupRequest, JoinGroupResponseInput } from '../../../protocol/messages/join-group.ts';
import type { LeaveGroupRequest, LeaveGroupResponseInput } from '../../../protocol/messages/leave-group.ts';
import type { SyncGroupRequest, SyncGroupResponseInput } from '../../../protocol/messages/sync-group.ts';
import { failedJoin, failedSync, type JoinAnswer, type LeaveAnswer, type SyncAnswer } from '../../coordinator/group/step.ts';
import type { Routes } from '../../rpc/routes.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';
import { handleDeleteGroups, handleDescribeGroups, handleListGroups } from './group-admin.ts';
import { handleOffsetCommit, handleOffsetDelete, handleOffsetFetch } from './group-offsets.ts';

export function routeGroups(routes: Routes, broker: BrokerContext): void {
  routes
    .on(apis.joinGroup, (context, request) => handleJoinGroup(broker, context, request))
    .on(apis.syncGroup, (context, request) => handleSyncGroup(broker, context, request))
    .on(apis.heartbeat, (context, request) => handleHeartbeat(broker, context, request))
    .on(apis.leaveGroup, (context, request) => handleLeaveGroup(broker, context, request))
    .on(apis.offsetCommit, (context, request) => handleOffsetCommit(broker, context, request))
    .on(apis.offsetFetch, (context, request) => handleOffsetFetch(broker, context, request))
    .on(apis.offsetDelete, (context, request) => handleOffsetDelete(broker, context, request))
    .on(apis.describeGroups, (context, request) => handleDescribeGroups(broker, context, request))
    .on(apis.listGroups, (context, request) => handleListGroups(broker, context, request))
    .on(apis.deleteGroups, (context, request) => handleDeleteGroups(broker, context, request));
}

/** A rebalance timeout of its own. */
const rebalanceTimeoutVersion = 1;
/** A member must come with the id that it was given (KIP-394). */
const knownMemberIdVersion = 4;
/** The protocol's name may be null. */
const nullableProtocolVersion = 7;
/** KIP-814. */
const skipAssignmentVersion = 9;
/** SyncGroup has to name the protocol. */
const mandatoryProtocolVersion = 5;
/** Leaving in batches (KIP-345). */
const batchedLeaveVersion = 3;

export function handleJoinGroup(broker: BrokerContext, context: RequestContext<JoinGroupResponseInput>, request: JoinGroupRequest): void {
  const { groupId, memberId, groupInstanceId: instanceId, sessionTimeoutMs, protocolType } = request;
  const respond = (joined: JoinAnswer): void => {
    const { error: errorCode, generation: generationId, ...rest } = joined;
    const protocolName = joined.protocolName ?? (context.apiVersion < nullableProtocolVersion ? '' : null);
    answer(broker, context, { ...rest, throttleTimeMs: 0, errorCode, generationId, protocolName, members: joined.members }, errorCode);
  };
  const { groupMinSessionTimeoutMs: min, groupMaxSessionTimeoutMs: max } = broker.config;
  if (groupId === '') respond(failedJoin(ErrorCode.INVALID_GROUP_ID, memberId));
  else if (sessionTimeoutMs < min || sessionTimeoutMs > max) respond(failedJoin(ErrorCode.INVALID_SESSION_TIMEOUT, memberId));
  else {
    const shard = broker.groups.shardOf(groupId);
    if (!shard.ok) {
      respond(failedJoin(shard.error, memberId));
      return;
    }
    const clientId = context.clientId ?? '';
    const joining = {
      memberId,
      newMemberId: memberId === '' ? `${instanceId ?? clientId}-${randomUuid(broker, groupId)}` : '',
      instanceId,
      clientId,
      clientHost: clientHost(context.remote),
      rebalanceTimeoutMs: context.apiVersion < rebalanceTimeoutVersion ? sessionTimeoutMs : request.rebalanceTimeoutMs,
      sessionTimeoutMs,
      protocolType,
      // Copied out of the request's frame, which they would keep alive.
      protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() })),
      requiresKnownMemberId: context.apiVersion >= knownMemberIdVersion,
      supportsSkippingAssignment: context.apiVersion >= skipAssignmentVersion,
    };
    shard.value.join(groupId, joining, respond);
  }
}

export function handleSyncGroup(broker: BrokerContext, context: RequestContext<SyncGroupResponseInput>, request: SyncGroupRequest): void {
  const { groupId, memberId, groupInstanceId: instanceId, generationId: generation, protocolType, protocolName } = request;
  const respond = ({ error: errorCode, ...rest }: SyncAnswer): void => answer(broker, context, { throttleTimeMs: 0, errorCode, ...rest }, errorCode);
  if (groupId === '') respond(failedSync(ErrorCode.INVALID_GROUP_ID));
  else if (context.apiVersion >= mandatoryProtocolVersion && (protocolType === null || protocolName === null))
    respond(failedSync(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
  else {
    const shard = broker.groups.shardOf(groupId);
    // What was joined before the move is not known yet: the member may rejoin at leisure.
    if (!shard.ok) respond(failedSync(shard.error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.REBALANCE_IN_PROGRESS : shard.error));
    else {
      const assignments = request.assignments.map((each) => ({ memberId: each.memberId, assignment: each.assignment.slice() }));
      shard.value.sync(groupId, { memberId, instanceId, generation, protocolType, protocolName, assignments }, respond);
    }
  }
}

export function handleHeartbeat(broker: BrokerContext, context: RequestContext<HeartbeatResponseInput>, request: HeartbeatRequest): void {
  const { groupId, memberId, groupInstanceId: instanceId, generationId: generation } = request;
  const respond = (errorCode: ErrorCode): void => answer(broker, context, { throttleTimeMs: 0, errorCode }, errorCode);
  if (groupId === '') {
    respond(ErrorCode.INVALID_GROUP_ID);
    return;
  }
  const shard = broker.groups.shardOf(groupId);
  // Nobody is expected to be alive while the group is being loaded, and so nobody is late.
  if (!shard.ok) respond(shard.error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : shard.error);
  else shard.value.heartbeat(groupId, { memberId, instanceId, generation }, respond);
}

export function handleLeaveGroup(broker: BrokerContext, context: RequestContext<LeaveGroupResponseInput>, request: LeaveGroupRequest): void {
  const { groupId } = request;
  const batched = context.apiVersion >= batchedLeaveVersion;
  const respond = ({ error, members }: LeaveAnswer): void => {
    const first = members.reduce((found, { errorCode }) => worst(found, errorCode), error as number);
    answer(broker, context, { throttleTimeMs: 0, errorCode: batched ? error : first, members: batched ? members : [] }, first);
  };
  if (groupId === '') {
    respond({ error: ErrorCode.INVALID_GROUP_ID, members: [] });
    return;
  }
  const shard = broker.groups.shardOf(groupId);
  if (!shard.ok) {
    respond({ error: shard.error, members: [] });
    return;
  }
  const members = batched
    ? request.members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId }))
    : [{ memberId: request.memberId, groupInstanceId: null }];
  shard.value.leave(groupId, { members }, respond);
}

/** As Java prints an address. */
const clientHost = (remote: string): string => `/${remote.slice(0, Math.max(remote.lastIndexOf(':'), 0)) || remote}`;

/** A version 4 uuid as Java prints it. */
function randomUuid(broker: BrokerContext, groupId: string): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const name = `group ${groupId} member`;
  for (let at = 0; at < 16; at += 4) view.setUint32(at, broker.world.random.uint32(name));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  let text = '';
  for (const [at, byte] of bytes.entries()) text += (at === 4 || at === 6 || at === 8 || at === 10 ? '-' : '') + byte.toString(16).padStart(2, '0');
  return text;
}
