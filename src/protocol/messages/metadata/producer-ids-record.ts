/** A record (type 15) of the metadata log: the next block of producer ids. */
import { field, type Infer, type Input, int32, int64, message } from '../../schema/schema.ts';

export const producerIdsRecord = message({
  name: 'ProducerIdsRecord',
  kind: 'metadata',
  apiKey: 15,
  versions: '0',
  flexible: '0+',
  fields: [
    field('BrokerId', int32, '0+', { entityType: 'brokerId' }),
    field('BrokerEpoch', int64, '0+', { default: -1 }),
    field('NextProducerId', int64, '0+'),
  ],
});
export interface ProducerIdsRecord extends Infer<typeof producerIdsRecord> {}
export type ProducerIdsRecordInput = Input<typeof producerIdsRecord>;
