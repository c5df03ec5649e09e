/** A record (type 8) of the metadata log: unfences a broker; later versions write BrokerRegistrationChangeRecord. */
import { field, type Infer, type Input, int32, int64, message } from '../../schema/schema.ts';

export const unfenceBrokerRecord = message({
  name: 'UnfenceBrokerRecord',
  kind: 'metadata',
  apiKey: 8,
  versions: '0',
  flexible: '0+',
  fields: [field('Id', int32, '0+', { entityType: 'brokerId' }), field('Epoch', int64, '0+')],
});
export interface UnfenceBrokerRecord extends Infer<typeof unfenceBrokerRecord> {}
export type UnfenceBrokerRecordInput = Input<typeof unfenceBrokerRecord>;
