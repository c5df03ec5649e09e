/** BrokerRegistration (API key 62): a starting broker registers with the controller and gets its broker epoch (KIP-631). */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, string, struct, uint16, uuid } from '../schema/schema.ts';

export const brokerRegistrationRequest = message({
  name: 'BrokerRegistrationRequest',
  kind: 'request',
  apiKey: 62,
  listeners: ['controller'],
  versions: '0-4',
  flexible: '0+',
  fields: [
    field('BrokerId', int32, '0+', { entityType: 'brokerId' }),
    field('ClusterId', string, '0+'),
    field('IncarnationId', uuid, '0+'),
    field(
      'Listeners',
      array(
        struct('Listener', [
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
        struct('Feature', [
          field('Name', string, '0+', { mapKey: true }),
          field('MinSupportedVersion', int16, '0+'),
          field('MaxSupportedVersion', int16, '0+'),
        ]),
      ),
      '0+',
    ),
    field('Rack', string, '0+', { nullable: '0+' }),
    field('IsMigratingZkBroker', bool, '1+', { default: false }),
    field('LogDirs', array(uuid), '2+', { ignorable: true }),
    field('PreviousBrokerEpoch', int64, '3+', { default: -1, ignorable: true }),
  ],
});
export interface BrokerRegistrationRequest extends Infer<typeof brokerRegistrationRequest> {}
export type BrokerRegistrationRequestInput = Input<typeof brokerRegistrationRequest>;

export const brokerRegistrationResponse = message({
  name: 'BrokerRegistrationResponse',
  kind: 'response',
  apiKey: 62,
  versions: '0-4',
  flexible: '0+',
  fields: [field('ThrottleTimeMs', int32, '0+'), field('ErrorCode', int16, '0+'), field('BrokerEpoch', int64, '0+', { default: -1 })],
});
export interface BrokerRegistrationResponse extends Infer<typeof brokerRegistrationResponse> {}
export type BrokerRegistrationResponseInput = Input<typeof brokerRegistrationResponse>;
