/** What is asked of the cluster as a whole: DescribeCluster and AllocateProducerIds. Source: ControllerApis, ProducerIdControlManager. */
import { ErrorCode } from '../../model/error-code.ts';
import type { AllocateProducerIdsRequest, AllocateProducerIdsResponseInput } from '../../protocol/messages/allocate-producer-ids.ts';
import type { DescribeClusterRequest, DescribeClusterResponseInput } from '../../protocol/messages/describe-cluster.ts';
import type { ControllerState, Outcome } from './controller-state.ts';

/** ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE. */
export const producerIdBlockSize = 1000;
const brokerEndpoint = 1;
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
  apiVersion: number,
  self: { readonly host: string; readonly port: number },
): DescribeClusterResponseInput {
  const { nodeId, clusterId } = state.config;
  if (request.endpointType !== controllerEndpoint) {
    const error = request.endpointType === brokerEndpoint ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE;
    return {
      throttleTimeMs: 0,
      // Version 0 knows neither the types nor their errors.
      errorCode: apiVersion === 0 ? ErrorCode.INVALID_REQUEST : error,
      errorMessage: 'The request was sent to an endpoint of the wrong type: this is a controller.',
      clusterId: '',
      brokers: [],
    };
  }
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    endpointType: controllerEndpoint,
    clusterId,
    controllerId: state.image.controllerId,
    brokers: [{ brokerId: nodeId, host: self.host, port: self.port, rack: null, isFenced: false }],
  };
}
