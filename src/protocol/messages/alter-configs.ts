/** AlterConfigs (API key 33): an admin replaces whole configurations; IncrementalAlterConfigs does it better. */
import { array, bool, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const alterConfigsRequest = message({
  name: 'AlterConfigsRequest',
  kind: 'request',
  apiKey: 33,
  listeners: ['broker', 'controller'],
  versions: '0-2',
  flexible: '2+',
  fields: [
    field(
      'Resources',
      array(
        struct('AlterConfigsResource', [
          field('ResourceType', int8, '0+', { mapKey: true }),
          field('ResourceName', string, '0+', { mapKey: true }),
          field(
            'Configs',
            array(struct('AlterableConfig', [field('Name', string, '0+', { mapKey: true }), field('Value', string, '0+', { nullable: '0+' })])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field('ValidateOnly', bool, '0+'),
  ],
});
export interface AlterConfigsRequest extends Infer<typeof alterConfigsRequest> {}
export type AlterConfigsRequestInput = Input<typeof alterConfigsRequest>;

export const alterConfigsResponse = message({
  name: 'AlterConfigsResponse',
  kind: 'response',
  apiKey: 33,
  versions: '0-2',
  flexible: '2+',
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
export interface AlterConfigsResponse extends Infer<typeof alterConfigsResponse> {}
export type AlterConfigsResponseInput = Input<typeof alterConfigsResponse>;
