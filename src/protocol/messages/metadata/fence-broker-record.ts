/** A record (type 7) of the metadata log: fences a broker; later versions write BrokerRegistrationChangeRecord. */
import { field, type Infer, type Input, int32, int64, message } from '../../schema/schema.ts';

export const fenceBrokerRecord = message({
  name: 'FenceBrokerRecord',
  kind: 'metadata',
  apiKey: 7,
  versions: '0',
  flexible: '0+',
  fields: [field('Id', int32, '0+', { entityType: 'brokerId' }), field('Epoch', int64, '0+')],
});
export interface FenceBrokerRecord extends Infer<typeof fenceBrokerRecord> {}
export type FenceBrokerRecordInput = Input<typeof fenceBrokerRecord>;
