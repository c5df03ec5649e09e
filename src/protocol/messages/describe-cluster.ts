/** DescribeCluster (API key 60): an admin asks for the nodes of the cluster (KIP-700). */
import { array, bool, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const describeClusterRequest = message({
  name: 'DescribeClusterRequest',
  kind: 'request',
  apiKey: 60,
  listeners: ['broker', 'controller'],
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('IncludeClusterAuthorizedOperations', bool, '0+'),
    field('EndpointType', int8, '1+', { default: 1 }),
    field('IncludeFencedBrokers', bool, '2+'),
  ],
});
export interface DescribeClusterRequest extends Infer<typeof describeClusterRequest> {}
export type DescribeClusterRequestInput = Input<typeof describeClusterRequest>;

export const describeClusterResponse = message({
  name: 'DescribeClusterResponse',
  kind: 'response',
  apiKey: 60,
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
    field('EndpointType', int8, '1+', { default: 1 }),
    field('ClusterId', string, '0+'),
    field('ControllerId', int32, '0+', { default: -1, entityType: 'brokerId' }),
    field(
      'Brokers',
      array(
        struct('DescribeClusterBroker', [
          field('BrokerId', int32, '0+', { mapKey: true, entityType: 'brokerId' }),
          field('Host', string, '0+'),
          field('Port', int32, '0+'),
          field('Rack', string, '0+', { nullable: '0+', default: null }),
          field('IsFenced', bool, '2+'),
        ]),
      ),
      '0+',
    ),
    field('ClusterAuthorizedOperations', int32, '0+', { default: -2147483648 }),
  ],
});
export interface DescribeClusterResponse extends Infer<typeof describeClusterResponse> {}
export type DescribeClusterResponseInput = Input<typeof describeClusterResponse>;
