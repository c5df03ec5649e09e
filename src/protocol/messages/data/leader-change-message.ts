/** The value of the control record with which a leader of the metadata quorum begins its epoch. */
import { array, field, type Infer, type Input, int16, int32, message, struct, uuid } from '../../schema/schema.ts';

const voterStruct = struct('Voter', [field('VoterId', int32, '0+'), field('VoterDirectoryId', uuid, '1+')]);

export const leaderChangeMessage = message({
  name: 'LeaderChangeMessage',
  kind: 'data',
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('Version', int16, '0+'),
    field('LeaderId', int32, '0+', { entityType: 'brokerId' }),
    field('Voters', array(voterStruct), '0+'),
    field('GrantingVoters', array(voterStruct), '0+'),
  ],
});
export interface LeaderChangeMessage extends Infer<typeof leaderChangeMessage> {}
export type LeaderChangeMessageInput = Input<typeof leaderChangeMessage>;
