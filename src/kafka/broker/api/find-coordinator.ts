/**
 * FindCoordinator (10): which broker leads the partition that a group belongs to. The first question makes the topic.
 * Transactions and share groups have no coordinator in this cluster: who asks for one is told COORDINATOR_NOT_AVAILABLE, as Kafka answers
 * while their topics do not exist. Source: KafkaApis.getCoordinator, KIP-699.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { FindCoordinatorRequest, FindCoordinatorResponseInput } from '../../../protocol/messages/find-coordinator.ts';
import { offsetsTopic } from '../../coordinator/group/coordinator.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { createOffsetsTopic } from '../auto-create.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';

const batchedVersion = 4;
const group = 0;
const transaction = 1;
const share = 2;
/** Share groups are known from here on. */
const shareVersion = 6;

interface Found {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
}

const nobody = (errorCode: ErrorCode): Found => ({ nodeId: -1, host: '', port: -1, errorCode, errorMessage: null });

export function handleFindCoordinator(
  broker: BrokerContext,
  context: RequestContext<FindCoordinatorResponseInput>,
  request: FindCoordinatorRequest,
): void {
  if (context.apiVersion < batchedVersion) {
    const found = find(broker, context.apiVersion, request.keyType, request.key);
    answer(broker, context, { throttleTimeMs: 0, ...found, coordinators: [] }, found.errorCode);
    return;
  }
  const coordinators = request.coordinatorKeys.map((key) => ({ key, ...find(broker, context.apiVersion, request.keyType, key) }));
  const error = coordinators.reduce((first, { errorCode }) => worst(first, errorCode), ErrorCode.NONE as number);
  answer(broker, context, { throttleTimeMs: 0, coordinators }, error);
}

function find(broker: BrokerContext, version: number, keyType: number, key: string): Found {
  if (keyType === transaction || (keyType === share && version >= shareVersion)) return nobody(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  if (keyType !== group) return nobody(ErrorCode.INVALID_REQUEST);
  const index = broker.groups.partitionOf(key);
  if (index === undefined) {
    createOffsetsTopic(broker);
    return nobody(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  }
  const leaderId = broker.image.topicByName(offsetsTopic)?.partitions[index]?.leader;
  const leader = leaderId === undefined ? undefined : broker.image.brokers.get(leaderId);
  if (leader === undefined || leader.fenced) return nobody(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  return { nodeId: leader.id, host: leader.host, port: leader.port, errorCode: ErrorCode.NONE, errorMessage: null };
}
