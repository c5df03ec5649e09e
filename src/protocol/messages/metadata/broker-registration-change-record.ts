/** A record (type 17) of the metadata log: what changed about a registered broker: fenced, shutting down, log directories. */
import { array, field, type Infer, type Input, int8, int32, int64, message, uuid } from '../../schema/schema.ts';

export const brokerRegistrationChangeRecord = message({
  name: 'BrokerRegistrationChangeRecord',
  kind: 'metadata',
  apiKey: 17,
  versions: '0-3',
  flexible: '0+',
  fields: [
    field('BrokerId', int32, '0+', { entityType: 'brokerId' }),
    field('BrokerEpoch', int64, '0+'),
    field('Fenced', int8, '0+', { tag: 0, tagged: '0+' }),
    field('InControlledShutdown', int8, '1+', { tag: 1, tagged: '1+' }),
    field('LogDirs', array(uuid), '2+', { tag: 2, tagged: '2+' }),
    field('CordonedLogDirs', array(uuid), '3+', { nullable: '3+', default: null, tag: 3, tagged: '3+' }),
  ],
});
export interface BrokerRegistrationChangeRecord extends Infer<typeof brokerRegistrationChangeRecord> {}
export type BrokerRegistrationChangeRecordInput = Input<typeof brokerRegistrationChangeRecord>;
