/** A record (type 0) of the metadata log: a registered broker with its epoch. */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, string, struct, uint16, uuid } from '../../schema/schema.ts';

export const registerBrokerRecord = message({
  name: 'RegisterBrokerRecord',
  kind: 'metadata',
  apiKey: 0,
  versions: '0-4',
  flexible: '0+',
  fields: [
    field('BrokerId', int32, '0+', { entityType: 'brokerId' }),
    field('IsMigratingZkBroker', bool, '2+', { default: false }),
    field('IncarnationId', uuid, '0+'),
    field('BrokerEpoch', int64, '0+'),
    field(
      'EndPoints',
      array(
        struct('BrokerEndpoint', [
          field('Name', string, '0+', { mapKey: true }),
          field('Host', string, '0+'),
          field('Port', uint16, '0+'),
          field('SecurityProtocol', int16, '0+'),
        ]),
      ),
      '0+',
    ),
    field(
      'Features',
      array(
        struct('BrokerFeature', [
          field('Name', string, '0+', { mapKey: true }),
          field('MinSupportedVersion', int16, '0+'),
          field('MaxSupportedVersion', int16, '0+'),
        ]),
      ),
      '0+',
    ),
    field('Rack', string, '0+', { nullable: '0+' }),
    field('Fenced', bool, '0+', { default: true }),
    field('InControlledShutdown', bool, '1+', { default: false }),
    field('LogDirs', array(uuid), '3+', { tag: 0, tagged: '3+' }),
    field('CordonedLogDirs', array(uuid), '4+', { nullable: '4+', default: null, tag: 1, tagged: '4+' }),
  ],
});
export interface RegisterBrokerRecord extends Infer<typeof registerBrokerRecord> {}
export type RegisterBrokerRecordInput = Input<typeof registerBrokerRecord>;
