/**
 * The first records of a new cluster: its feature levels, and the min.insync.replicas that eligibility is judged by, so that it does not
 * change with the configuration of whichever controller is active. Source: BootstrapMetadata, ConfigurationControlManager.maybeGenerateElrSafetyRecords.
 */
import { supportedFeatures } from '../metadata/features.ts';
import type { MetadataRecord } from '../metadata/metadata-record.ts';
import { ConfigResourceType } from '../metadata/registration.ts';
import { minInsyncReplicasKey } from '../metadata/topic-settings.ts';
import type { ControllerState } from './controller-state.ts';

/** Empty when the cluster has begun already. */
export function bootstrapRecords(state: ControllerState): readonly MetadataRecord[] {
  const records: MetadataRecord[] = [];
  if (state.image.features.size === 0)
    for (const { name, bootstrapLevel } of supportedFeatures) records.push({ type: 'featureLevel', value: { name, featureLevel: bootstrapLevel } });
  const elr = state.elrEnabled || records.length > 0;
  if (elr && !state.image.clusterConfig().has(minInsyncReplicasKey))
    records.push({
      type: 'config',
      value: {
        resourceType: ConfigResourceType.BROKER,
        resourceName: '',
        name: minInsyncReplicasKey,
        value: String(state.config.minInsyncReplicas),
      },
    });
  return records;
}
