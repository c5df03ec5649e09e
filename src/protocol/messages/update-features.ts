/** UpdateFeatures (API key 57): an admin raises or lowers feature levels (KIP-584). */
import { array, bool, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const updateFeaturesRequest = message({
  name: 'UpdateFeaturesRequest',
  kind: 'request',
  apiKey: 57,
  listeners: ['broker', 'controller'],
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('timeoutMs', int32, '0+', { default: 60000 }),
    field(
      'FeatureUpdates',
      array(
        struct('FeatureUpdateKey', [
          field('Feature', string, '0+', { mapKey: true }),
          field('MaxVersionLevel', int16, '0+'),
          field('AllowDowngrade', bool, '0'),
          field('UpgradeType', int8, '1+', { default: 1, literalDefault: true }),
        ]),
      ),
      '0+',
    ),
    field('ValidateOnly', bool, '1+', { default: false, literalDefault: true }),
  ],
});
export interface UpdateFeaturesRequest extends Infer<typeof updateFeaturesRequest> {}
export type UpdateFeaturesRequestInput = Input<typeof updateFeaturesRequest>;

export const updateFeaturesResponse = message({
  name: 'UpdateFeaturesResponse',
  kind: 'response',
  apiKey: 57,
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+' }),
    field(
      'Results',
      array(
        struct('UpdatableFeatureResult', [
          field('Feature', string, '0+', { mapKey: true }),
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+' }),
        ]),
      ),
      '0-1',
      { ignorable: true },
    ),
  ],
});
export interface UpdateFeaturesResponse extends Infer<typeof updateFeaturesResponse> {}
export type UpdateFeaturesResponseInput = Input<typeof updateFeaturesResponse>;
