/**
 * ApiVersions (18): what this broker serves, and the cluster's feature levels. Source: ApiVersionManager, ApiVersionsResponse.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import { type Api, advertised } from '../../../protocol/apis.ts';
import type { ApiVersionsRequest, ApiVersionsResponseInput } from '../../../protocol/messages/api-versions.ts';
import { supportedFeatures } from '../../metadata/features.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext } from '../broker-context.ts';

/** From here on clients name their software, and it has to look like a name (KIP-511). */
const softwareVersion = 3;
/** Older clients take a feature whose lowest version is 0 for malformed, so they are not told of it (KAFKA-17011, KAFKA-17492). */
const zeroFeatureVersion = 4;
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export interface ServedVersions {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** What clients are told of these APIs. */
export function servedVersions(served: readonly Api[]): readonly ServedVersions[] {
  const told: ServedVersions[] = [];
  for (const api of served) {
    if (api.broker === undefined) continue;
    const { min: minVersion, max: maxVersion } = advertised(api, api.broker);
    told.push({ apiKey: api.key, minVersion, maxVersion });
  }
  return told;
}

export function handleApiVersions(
  broker: BrokerContext,
  apiKeys: readonly ServedVersions[],
  context: RequestContext<ApiVersionsResponseInput>,
  request: ApiVersionsRequest,
): void {
  const named = softwareName.test(request.clientSoftwareName) && softwareName.test(request.clientSoftwareVersion);
  if (context.apiVersion >= softwareVersion && !named) {
    answer(broker, context, { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }, ErrorCode.INVALID_REQUEST);
    return;
  }
  const told = context.apiVersion >= zeroFeatureVersion ? supportedFeatures : supportedFeatures.filter((feature) => feature.minSupportedVersion > 0);
  const response: ApiVersionsResponseInput = {
    errorCode: ErrorCode.NONE,
    apiKeys,
    supportedFeatures: told.map((feature) => ({
      name: feature.name,
      minVersion: feature.minSupportedVersion,
      maxVersion: feature.maxSupportedVersion,
    })),
    finalizedFeaturesEpoch: broker.image.offset,
    finalizedFeatures: [...broker.image.features].map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
  };
  answer(broker, context, response, ErrorCode.NONE);
}
