/** A record (type 27) of the metadata log: a registered controller. */
import { array, bool, field, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../../schema/schema.ts';

export const registerControllerRecord = message({
  name: 'RegisterControllerRecord',
  kind: 'metadata',
  apiKey: 27,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ControllerId', int32, '0+'),
    field('IncarnationId', uuid, '0+'),
    field('ZkMigrationReady', bool, '0+'),
    field(
      'EndPoints',
      array(
        struct('ControllerEndpoint', [
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
        struct('ControllerFeature', [
          field('Name', string, '0+', { mapKey: true }),
          field('MinSupportedVersion', int16, '0+'),
          field('MaxSupportedVersion', int16, '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface RegisterControllerRecord extends Infer<typeof registerControllerRecord> {}
export type RegisterControllerRecordInput = Input<typeof registerControllerRecord>;
