/** A record (type 1) of the metadata log: removes the registration of a broker. */
import { field, type Infer, type Input, int32, int64, message } from '../../schema/schema.ts';

export const unregisterBrokerRecord = message({
  name: 'UnregisterBrokerRecord',
  kind: 'metadata',
  apiKey: 1,
  versions: '0',
  flexible: '0+',
  fields: [field('BrokerId', int32, '0+', { entityType: 'brokerId' }), field('BrokerEpoch', int64, '0+')],
});
export interface UnregisterBrokerRecord extends Infer<typeof unregisterBrokerRecord> {}
export type UnregisterBrokerRecordInput = Input<typeof unregisterBrokerRecord>;
