/** The value of the control record that holds the voters of the metadata quorum (KIP-853). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../../schema/schema.ts';

export const votersRecord = message({
  name: 'VotersRecord',
  kind: 'data',
  versions: '0',
  flexible: '0+',
  fields: [
    field('Version', int16, '0+'),
    field(
      'Voters',
      array(
        struct('Voter', [
          field('VoterId', int32, '0+', { entityType: 'brokerId' }),
          field('VoterDirectoryId', uuid, '0+'),
          field(
            'Endpoints',
            array(struct('Endpoint', [field('Name', string, '0+', { mapKey: true }), field('Host', string, '0+'), field('Port', uint16, '0+')])),
            '0+',
          ),
          field(
            'KRaftVersionFeature',
            struct('KRaftVersionFeature', [field('MinSupportedVersion', int16, '0+'), field('MaxSupportedVersion', int16, '0+')]),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface VotersRecord extends Infer<typeof votersRecord> {}
export type VotersRecordInput = Input<typeof votersRecord>;
