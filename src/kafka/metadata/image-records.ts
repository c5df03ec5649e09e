/**
 * An image as the records that would make it anew: what a snapshot of the metadata log holds (Kafka's MetadataImage.write), in its order:
 * features, brokers, topics, configs, producer ids. Two images are equal exactly when these records and their offsets are.
 */
import type { MetadataImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { partitionRecordOf, registerBrokerRecordOf } from './replay.ts';

export function imageRecords(image: MetadataImage): readonly MetadataRecord[] {
  const records: MetadataRecord[] = [];
  for (const [name, featureLevel] of image.features) records.push({ type: 'featureLevel', value: { name, featureLevel } });
  for (const broker of image.brokers.values()) records.push({ type: 'registerBroker', value: registerBrokerRecordOf(broker) });
  for (const topic of image.topics.values()) {
    records.push({ type: 'topic', value: { name: topic.name, topicId: topic.id } });
    for (const partition of topic.partitions) records.push({ type: 'partition', value: partitionRecordOf(partition) });
  }
  for (const { type, name: resourceName, configs } of image.configResources())
    for (const [name, value] of configs) records.push({ type: 'config', value: { resourceType: type, resourceName, name, value } });
  if (image.nextProducerId > 0) records.push({ type: 'producerIds', value: { brokerId: -1, brokerEpoch: -1, nextProducerId: image.nextProducerId } });
  return records;
}
