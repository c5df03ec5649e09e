/**
 * DescribeGroups (15), ListGroups (16) and DeleteGroups (42): groups as an administrator sees them. Owns the views; readers see only groups
 * whose making is committed. Source: GroupCoordinatorService, GroupMetadataManager.describeGroups, KIP-518, KIP-1043.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { DeleteGroupsRequest, DeleteGroupsResponseInput } from '../../../protocol/messages/delete-groups.ts';
import type { DescribeGroupsRequest, DescribeGroupsResponseInput } from '../../../protocol/messages/describe-groups.ts';
import type { ListGroupsRequest, ListGroupsResponseInput } from '../../../protocol/messages/list-groups.ts';
import { type Group, metadataOf, noAssignment } from '../../coordinator/group/group.ts';
import { deleteGroup } from '../../coordinator/group/shard-offsets.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';

type Described = DescribeGroupsResponseInput['groups'][number];

/** DescribeGroups has an error for a group that is not there; earlier versions call it dead. */
const notFoundVersion = 6;
/** AclOperation bits that a group has; without an authorizer everybody may do all of it. */
const groupOperations = 0b1101_0100_1000;
const noOperations = -2147483648;
const classicType = 'classic';

export function handleDescribeGroups(
  broker: BrokerContext,
  context: RequestContext<DescribeGroupsResponseInput>,
  request: DescribeGroupsRequest,
): void {
  let first: number = ErrorCode.NONE;
  const groups = request.groups.map((groupId): Described => {
    const shard = broker.groups.shardOf(groupId);
    const group = shard.ok ? shard.value.visible(groupId) : undefined;
    const described = !shard.ok
      ? { ...absent(groupId, ''), errorCode: shard.error }
      : group === undefined
        ? missing(groupId, context.apiVersion)
        : { ...describe(group), authorizedOperations: request.includeAuthorizedOperations ? groupOperations : noOperations };
    first = worst(first, described.errorCode);
    return described;
  });
  answer(broker, context, { throttleTimeMs: 0, groups }, first);
}

const absent = (groupId: string, groupState: string): Described => ({
  errorCode: ErrorCode.NONE,
  groupId,
  groupState,
  protocolType: '',
  protocolData: '',
  members: [],
});

function missing(groupId: string, version: number): Described {
  const dead = absent(groupId, 'Dead');
  return version < notFoundVersion ? dead : { ...dead, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` };
}

function describe(group: Group): Described {
  const stable = group.state === 'Stable';
  return {
    errorCode: ErrorCode.NONE,
    groupId: group.id,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      // What members say matters under a protocol, and one is chosen only for a generation.
      memberMetadata: stable ? metadataOf(member, group.protocolName) : noAssignment,
      memberAssignment: member.assignment,
    })),
  };
}

export function handleListGroups(broker: BrokerContext, context: RequestContext<ListGroupsResponseInput>, request: ListGroupsRequest): void {
  const shards = broker.groups.allShards();
  if (!shards.ok) {
    answer(broker, context, { throttleTimeMs: 0, errorCode: shards.error, groups: [] }, shards.error);
    return;
  }
  const states = lowerCase(request.statesFilter);
  const types = lowerCase(request.typesFilter);
  const groups =
    types.size > 0 && !types.has(classicType)
      ? []
      : shards.value
          .flatMap((shard) => shard.visibleGroups())
          .filter(({ state }) => states.size === 0 || states.has(state.toLowerCase()))
          .map(({ id, protocolType, state }) => ({ groupId: id, protocolType: protocolType ?? '', groupState: state, groupType: classicType }));
  answer(broker, context, { throttleTimeMs: 0, errorCode: ErrorCode.NONE, groups }, ErrorCode.NONE);
}

const lowerCase = (words: readonly string[]): ReadonlySet<string> => new Set(words.map((word) => word.toLowerCase()));

export function handleDeleteGroups(broker: BrokerContext, context: RequestContext<DeleteGroupsResponseInput>, request: DeleteGroupsRequest): void {
  const results: { readonly groupId: string; errorCode: ErrorCode }[] = request.groupsNames.map((groupId) => ({
    groupId,
    errorCode: ErrorCode.NONE,
  }));
  let open = results.length;
  const finish = (): void =>
    answer(
      broker,
      context,
      { throttleTimeMs: 0, results },
      results.reduce((found, { errorCode }) => worst(found, errorCode), ErrorCode.NONE as number),
    );
  if (open === 0) finish();
  for (const result of results) {
    const settle = (error: ErrorCode): void => {
      result.errorCode = error;
      if (--open === 0) finish();
    };
    const shard = broker.groups.shardOf(result.groupId);
    if (shard.ok) deleteGroup(shard.value, result.groupId, settle);
    else settle(shard.error);
  }
}
