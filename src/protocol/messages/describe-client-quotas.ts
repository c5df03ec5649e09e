/** DescribeClientQuotas (API key 48): an admin looks at quotas (KIP-546). */
import { array, bool, field, float64, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const describeClientQuotasRequest = message({
  name: 'DescribeClientQuotasRequest',
  kind: 'request',
  apiKey: 48,
  listeners: ['broker'],
  versions: '0-1',
  flexible: '1+',
  fields: [
    field(
      'Components',
      array(
        struct('ComponentData', [
          field('EntityType', string, '0+'),
          field('MatchType', int8, '0+'),
          field('Match', string, '0+', { nullable: '0+' }),
        ]),
      ),
      '0+',
    ),
    field('Strict', bool, '0+'),
  ],
});
export interface DescribeClientQuotasRequest extends Infer<typeof describeClientQuotasRequest> {}
export type DescribeClientQuotasRequestInput = Input<typeof describeClientQuotasRequest>;

export const describeClientQuotasResponse = message({
  name: 'DescribeClientQuotasResponse',
  kind: 'response',
  apiKey: 48,
  versions: '0-1',
  flexible: '1+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+' }),
    field(
      'Entries',
      array(
        struct('EntryData', [
          field(
            'Entity',
            array(struct('EntityData', [field('EntityType', string, '0+'), field('EntityName', string, '0+', { nullable: '0+' })])),
            '0+',
          ),
          field('Values', array(struct('ValueData', [field('Key', string, '0+'), field('Value', float64, '0+')])), '0+'),
        ]),
      ),
      '0+',
      { nullable: '0+' },
    ),
  ],
});
export interface DescribeClientQuotasResponse extends Infer<typeof describeClientQuotasResponse> {}
export type DescribeClientQuotasResponseInput = Input<typeof describeClientQuotasResponse>;
