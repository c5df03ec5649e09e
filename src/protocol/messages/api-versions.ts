/** ApiVersions (API key 18): the first request of a connection, to learn which versions the other side serves (KIP-511). */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema/schema.ts';

export const apiVersionsRequest = message({
  name: 'ApiVersionsRequest',
  kind: 'request',
  apiKey: 18,
  listeners: ['broker', 'controller'],
  versions: '0-4',
  flexible: '3+',
  fields: [field('ClientSoftwareName', string, '3+', { ignorable: true }), field('ClientSoftwareVersion', string, '3+', { ignorable: true })],
});
export interface ApiVersionsRequest extends Infer<typeof apiVersionsRequest> {}
export type ApiVersionsRequestInput = Input<typeof apiVersionsRequest>;

export const apiVersionsResponse = message({
  name: 'ApiVersionsResponse',
  kind: 'response',
  apiKey: 18,
  versions: '0-4',
  flexible: '3+',
  fields: [
    field('ErrorCode', int16, '0+'),
    field(
      'ApiKeys',
      array(
        struct('ApiVersion', [field('ApiKey', int16, '0+', { mapKey: true }), field('MinVersion', int16, '0+'), field('MaxVersion', int16, '0+')]),
      ),
      '0+',
    ),
    field('ThrottleTimeMs', int32, '1+', { ignorable: true }),
    field(
      'SupportedFeatures',
      array(
        struct('SupportedFeatureKey', [
          field('Name', string, '3+', { mapKey: true }),
          field('MinVersion', int16, '3+'),
          field('MaxVersion', int16, '3+'),
        ]),
      ),
      '3+',
      { tag: 0, tagged: '3+', ignorable: true },
    ),
    field('FinalizedFeaturesEpoch', int64, '3+', { default: -1, tag: 1, tagged: '3+', ignorable: true }),
    field(
      'FinalizedFeatures',
      array(
        struct('FinalizedFeatureKey', [
          field('Name', string, '3+', { mapKey: true }),
          field('MaxVersionLevel', int16, '3+'),
          field('MinVersionLevel', int16, '3+'),
        ]),
      ),
      '3+',
      { tag: 2, tagged: '3+', ignorable: true },
    ),
    field('ZkMigrationReady', bool, '3+', { default: false, tag: 3, tagged: '3+', ignorable: true }),
  ],
});
export interface ApiVersionsResponse extends Infer<typeof apiVersionsResponse> {}
export type ApiVersionsResponseInput = Input<typeof apiVersionsResponse>;
