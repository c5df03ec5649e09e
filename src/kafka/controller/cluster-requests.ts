/** What is asked of the cluster as a whole: DescribeCluster and AllocateProducerIds. Source: ControllerApis, ProducerIdControlManager. */
import { ErrorCode } from '../../model/error-code.ts';
import type { AllocateProducerIdsRequest, AllocateProducerIdsResponseInput } from '../../protocol/messages/allocate-producer-ids.ts';
import type { DescribeClusterRequest, DescribeClusterResponseInput } from '../../protocol/messages/describe-cluster.ts';
import type { ControllerState, Outcome } from './controller-state.ts';

/** ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE. */
export const producerIdBlockSize = 1000;
const controllerEndpoint = 2;

export function allocateProducerIds(state: ControllerState, request: AllocateProducerIdsRequest): Outcome<AllocateProducerIdsResponseInput> {
  const answer = (errorCode: ErrorCode, producerIdStart: number, producerIdLen: number) => ({
    throttleTimeMs: 0,
    errorCode,
    producerIdStart,
    producerIdLen,
  });
  if (state.currentBroker(request.brokerId, request.brokerEpoch) === undefined)
    return { response: answer(ErrorCode.STALE_BROKER_EPOCH, -1, 0), records: [] };
  const start = state.image.nextProducerId;
  return {
    response: answer(ErrorCode.NONE, start, producerIdBlockSize),
    records: [
      {
        type: 'producerIds',
        value: { brokerId: request.brokerId, brokerEpoch: request.brokerEpoch, nextProducerId: start + producerIdBlockSize },
      },
    ],
  };
}

/** A controller describes controllers; who asks it for brokers has the wrong address (KIP-919). */
export function describeCluster(
  state: ControllerState,
  request: DescribeClusterRequest,
  self: { readonly host: string; readonly port: number },
): Outcome<DescribeClusterResponseInput> {
  const { nodeId, clusterId } = state.config;
  const wrongEndpoint = request.endpointType !== controllerEndpoint;
  return {
    response: {
      throttleTimeMs: 0,
      errorCode: wrongEndpoint ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.NONE,
      errorMessage: wrongEndpoint ? 'The request was sent to an endpoint of the wrong type: this is a controller.' : null,
      endpointType: controllerEndpoint,
      clusterId,
      controllerId: state.image.controllerId,
      brokers: wrongEndpoint ? [] : [{ brokerId: nodeId, host: self.host, port: self.port, rack: null, isFenced: false }],
    },
    records: [],
  };
}
