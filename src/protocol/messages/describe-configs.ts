/** DescribeConfigs (API key 32): an admin reads the configuration of topics, brokers, groups or clients. */
import { array, bool, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const describeConfigsRequest = message({
  name: 'DescribeConfigsRequest',
  kind: 'request',
  apiKey: 32,
  listeners: ['broker', 'controller'],
  versions: '1-4',
  flexible: '4+',
  fields: [
    field(
      'Resources',
      array(
        struct('DescribeConfigsResource', [
          field('ResourceType', int8, '0+'),
          field('ResourceName', string, '0+'),
          field('ConfigurationKeys', array(string), '0+', { nullable: '0+' }),
        ]),
      ),
      '0+',
    ),
    field('IncludeSynonyms', bool, '1+', { default: false, ignorable: false }),
    field('IncludeDocumentation', bool, '3+', { default: false, ignorable: false }),
  ],
});
export interface DescribeConfigsRequest extends Infer<typeof describeConfigsRequest> {}
export type DescribeConfigsRequestInput = Input<typeof describeConfigsRequest>;

export const describeConfigsResponse = message({
  name: 'DescribeConfigsResponse',
  kind: 'response',
  apiKey: 32,
  versions: '1-4',
  flexible: '4+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Results',
      array(
        struct('DescribeConfigsResult', [
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+' }),
          field('ResourceType', int8, '0+'),
          field('ResourceName', string, '0+'),
          field(
            'Configs',
            array(
              struct('DescribeConfigsResourceResult', [
                field('Name', string, '0+'),
                field('Value', string, '0+', { nullable: '0+' }),
                field('ReadOnly', bool, '0+'),
                field('ConfigSource', int8, '1+', { default: -1, ignorable: true }),
                field('IsSensitive', bool, '0+'),
                field(
                  'Synonyms',
                  array(
                    struct('DescribeConfigsSynonym', [
                      field('Name', string, '1+'),
                      field('Value', string, '1+', { nullable: '0+' }),
                      field('Source', int8, '1+'),
                    ]),
                  ),
                  '1+',
                  { ignorable: true },
                ),
                field('ConfigType', int8, '3+', { default: 0, ignorable: true }),
                field('Documentation', string, '3+', { nullable: '0+', ignorable: true }),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeConfigsResponse extends Infer<typeof describeConfigsResponse> {}
export type DescribeConfigsResponseInput = Input<typeof describeConfigsResponse>;
