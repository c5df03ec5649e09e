/** UpdateRaftVoter (API key 82): a voter of the metadata quorum tells its endpoints and versions (KIP-853). */
import { array, field, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../schema/schema.ts';

export const updateRaftVoterRequest = message({
  name: 'UpdateRaftVoterRequest',
  kind: 'request',
  apiKey: 82,
  listeners: ['controller'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('ClusterId', string, '0+', { nullable: '0+' }),
    field('CurrentLeaderEpoch', int32, '0+'),
    field('VoterId', int32, '0+'),
    field('VoterDirectoryId', uuid, '0+'),
    field(
      'Listeners',
      array(struct('Listener', [field('Name', string, '0+', { mapKey: true }), field('Host', string, '0+'), field('Port', uint16, '0+')])),
      '0+',
    ),
    field(
      'KRaftVersionFeature',
      struct('KRaftVersionFeature', [field('MinSupportedVersion', int16, '0+'), field('MaxSupportedVersion', int16, '0+')]),
      '0+',
    ),
  ],
});
export interface UpdateRaftVoterRequest extends Infer<typeof updateRaftVoterRequest> {}
export type UpdateRaftVoterRequestInput = Input<typeof updateRaftVoterRequest>;

export const updateRaftVoterResponse = message({
  name: 'UpdateRaftVoterResponse',
  kind: 'response',
  apiKey: 82,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field(
      'CurrentLeader',
      struct('CurrentLeader', [
        field('LeaderId', int32, '0+', { default: -1, entityType: 'brokerId' }),
        field('LeaderEpoch', int32, '0+', { default: -1 }),
        field('Host', string, '0+'),
        field('Port', int32, '0+'),
      ]),
      '0+',
      { tag: 0, tagged: '0+' },
    ),
  ],
});
export interface UpdateRaftVoterResponse extends Infer<typeof updateRaftVoterResponse> {}
export type UpdateRaftVoterResponseInput = Input<typeof updateRaftVoterResponse>;
