/** ListConfigResources (API key 74): an admin lists resources that have configurations (KIP-1000, KIP-1142). */
import { array, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const listConfigResourcesRequest = message({
  name: 'ListConfigResourcesRequest',
  kind: 'request',
  apiKey: 74,
  listeners: ['broker'],
  versions: '0-1',
  flexible: '0+',
  fields: [field('ResourceTypes', array(int8), '1+')],
});
export interface ListConfigResourcesRequest extends Infer<typeof listConfigResourcesRequest> {}
export type ListConfigResourcesRequestInput = Input<typeof listConfigResourcesRequest>;

export const listConfigResourcesResponse = message({
  name: 'ListConfigResourcesResponse',
  kind: 'response',
  apiKey: 74,
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field(
      'ConfigResources',
      array(
        struct('ConfigResource', [
          field('ResourceName', string, '0+'),
          field('ResourceType', int8, '1+', { default: 16, literalDefault: true, ignorable: true }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ListConfigResourcesResponse extends Infer<typeof listConfigResourcesResponse> {}
export type ListConfigResourcesResponseInput = Input<typeof listConfigResourcesResponse>;
