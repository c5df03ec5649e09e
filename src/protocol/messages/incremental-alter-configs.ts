/** IncrementalAlterConfigs (API key 44): an admin sets, deletes, appends to or subtracts from single configuration keys (KIP-339). */
import { array, bool, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const incrementalAlterConfigsRequest = message({
  name: 'IncrementalAlterConfigsRequest',
  kind: 'request',
  apiKey: 44,
  listeners: ['broker', 'controller'],
  versions: '0-1',
  flexible: '1+',
  fields: [
    field(
      'Resources',
      array(
        struct('AlterConfigsResource', [
          field('ResourceType', int8, '0+', { mapKey: true }),
          field('ResourceName', string, '0+', { mapKey: true }),
          field(
            'Configs',
            array(
              struct('AlterableConfig', [
                field('Name', string, '0+', { mapKey: true }),
                field('ConfigOperation', int8, '0+', { mapKey: true }),
                field('Value', string, '0+', { nullable: '0+' }),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field('ValidateOnly', bool, '0+'),
  ],
});
export interface IncrementalAlterConfigsRequest extends Infer<typeof incrementalAlterConfigsRequest> {}
export type IncrementalAlterConfigsRequestInput = Input<typeof incrementalAlterConfigsRequest>;

export const incrementalAlterConfigsResponse = message({
  name: 'IncrementalAlterConfigsResponse',
  kind: 'response',
  apiKey: 44,
  versions: '0-1',
  flexible: '1+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Responses',
      array(
        struct('AlterConfigsResourceResponse', [
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+' }),
          field('ResourceType', int8, '0+'),
          field('ResourceName', string, '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface IncrementalAlterConfigsResponse extends Infer<typeof incrementalAlterConfigsResponse> {}
export type IncrementalAlterConfigsResponseInput = Input<typeof incrementalAlterConfigsResponse>;
