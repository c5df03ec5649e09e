/** The file quorum-state of a replica of the metadata quorum: its epoch, its vote and the leader it knows. */
import { array, field, type Infer, type Input, int32, int64, message, string, struct, uuid } from '../../schema/schema.ts';

export const quorumStateData = message({
  name: 'QuorumStateData',
  kind: 'data',
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ClusterId', string, '0'),
    field('LeaderId', int32, '0+', { default: -1 }),
    field('LeaderEpoch', int32, '0+', { default: -1 }),
    field('VotedId', int32, '0+', { default: -1 }),
    field('VotedDirectoryId', uuid, '1+'),
    field('AppliedOffset', int64, '0'),
    field('CurrentVoters', array(struct('Voter', [field('VoterId', int32, '0')])), '0', { nullable: '0' }),
  ],
});
export interface QuorumStateData extends Infer<typeof quorumStateData> {}
export type QuorumStateDataInput = Input<typeof quorumStateData>;
