/**
 * FindCoordinator (10) and InitProducerId (22), as far as they need no coordinator.
 * Groups and transactions have no coordinator on this broker: who asks for one is told COORDINATOR_NOT_AVAILABLE, as Kafka answers while
 * `__consumer_offsets` or `__transaction_state` does not exist, and clients try again. Idempotent producers need none: their ids come in
 * blocks from the controller.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { FindCoordinatorRequest, FindCoordinatorResponseInput } from '../../../protocol/messages/find-coordinator.ts';
import type { InitProducerIdRequest, InitProducerIdResponseInput } from '../../../protocol/messages/init-producer-id.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext } from '../broker-context.ts';

const batchedVersion = 4;
const group = 0;
const transaction = 1;
const share = 2;
const shareVersion = 6;

export function handleFindCoordinator(
  broker: BrokerContext,
  context: RequestContext<FindCoordinatorResponseInput>,
  request: FindCoordinatorRequest,
): void {
  const known = request.keyType === group || request.keyType === transaction || (request.keyType === share && context.apiVersion >= shareVersion);
  const errorCode = known ? ErrorCode.COORDINATOR_NOT_AVAILABLE : ErrorCode.INVALID_REQUEST;
  const nobody = { nodeId: -1, host: '', port: -1, errorCode, errorMessage: null };
  const single = context.apiVersion < batchedVersion;
  const coordinators = single ? [] : request.coordinatorKeys.map((key) => ({ ...nobody, key }));
  answer(broker, context, single ? { throttleTimeMs: 0, ...nobody, coordinators } : { throttleTimeMs: 0, coordinators }, errorCode);
}

export function handleInitProducerId(
  broker: BrokerContext,
  context: RequestContext<InitProducerIdResponseInput>,
  request: InitProducerIdRequest,
): void {
  const { transactionalId } = request;
  const refusal = transactionalId === '' ? ErrorCode.INVALID_REQUEST : ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const id = transactionalId === null ? broker.producerIds.next() : ({ ok: false, error: refusal } as const);
  const response = id.ok
    ? { errorCode: ErrorCode.NONE, producerId: id.value, producerEpoch: 0 }
    : { errorCode: id.error, producerId: -1, producerEpoch: -1 };
  answer(broker, context, { throttleTimeMs: 0, ...response }, response.errorCode);
}
