/** ControllerRegistration (API key 70): a controller registers its endpoints and features (KIP-919). */
import { array, bool, field, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../schema/schema.ts';

export const controllerRegistrationRequest = message({
  name: 'ControllerRegistrationRequest',
  kind: 'request',
  apiKey: 70,
  listeners: ['controller'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('ControllerId', int32, '0+'),
    field('IncarnationId', uuid, '0+'),
    field('ZkMigrationReady', bool, '0+'),
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
  ],
});
export interface ControllerRegistrationRequest extends Infer<typeof controllerRegistrationRequest> {}
export type ControllerRegistrationRequestInput = Input<typeof controllerRegistrationRequest>;

export const controllerRegistrationResponse = message({
  name: 'ControllerRegistrationResponse',
  kind: 'response',
  apiKey: 70,
  versions: '0',
  flexible: '0+',
  fields: [field('ThrottleTimeMs', int32, '0+'), field('ErrorCode', int16, '0+'), field('ErrorMessage', string, '0+', { nullable: '0+' })],
});
export interface ControllerRegistrationResponse extends Infer<typeof controllerRegistrationResponse> {}
export type ControllerRegistrationResponseInput = Input<typeof controllerRegistrationResponse>;
