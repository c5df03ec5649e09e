/** AlterClientQuotas (API key 49): an admin changes quotas (KIP-546). */
import { array, bool, field, float64, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const alterClientQuotasRequest = message({
  name: 'AlterClientQuotasRequest',
  kind: 'request',
  apiKey: 49,
  listeners: ['broker', 'controller'],
  versions: '0-1',
  flexible: '1+',
  fields: [
    field(
      'Entries',
      array(
        struct('EntryData', [
          field(
            'Entity',
            array(struct('EntityData', [field('EntityType', string, '0+'), field('EntityName', string, '0+', { nullable: '0+' })])),
            '0+',
          ),
          field('Ops', array(struct('OpData', [field('Key', string, '0+'), field('Value', float64, '0+'), field('Remove', bool, '0+')])), '0+'),
        ]),
      ),
      '0+',
    ),
    field('ValidateOnly', bool, '0+'),
  ],
});
export interface AlterClientQuotasRequest extends Infer<typeof alterClientQuotasRequest> {}
export type AlterClientQuotasRequestInput = Input<typeof alterClientQuotasRequest>;

export const alterClientQuotasResponse = message({
  name: 'AlterClientQuotasResponse',
  kind: 'response',
  apiKey: 49,
  versions: '0-1',
  flexible: '1+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Entries',
      array(
        struct('EntryData', [
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+' }),
          field(
            'Entity',
            array(struct('EntityData', [field('EntityType', string, '0+'), field('EntityName', string, '0+', { nullable: '0+' })])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface AlterClientQuotasResponse extends Infer<typeof alterClientQuotasResponse> {}
export type AlterClientQuotasResponseInput = Input<typeof alterClientQuotasResponse>;
