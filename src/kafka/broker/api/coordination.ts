/**
 * InitProducerId (22) for idempotent producers, which need no coordinator: their ids come in blocks from the controller.
 * Transactions have no coordinator on this broker: who asks for one is told COORDINATOR_NOT_AVAILABLE, as Kafka answers while
 * `__transaction_state` does not exist, and clients try again.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import type { InitProducerIdRequest, InitProducerIdResponseInput } from '../../../protocol/messages/init-producer-id.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext } from '../broker-context.ts';

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
