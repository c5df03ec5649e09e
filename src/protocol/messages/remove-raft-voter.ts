/** RemoveRaftVoter (API key 81): an admin removes a voter from the metadata quorum (KIP-853). */
import { field, type Infer, type Input, int16, int32, message, string, uuid } from '../schema/schema.ts';

export const removeRaftVoterRequest = message({
  name: 'RemoveRaftVoterRequest',
  kind: 'request',
  apiKey: 81,
  listeners: ['controller', 'broker'],
  versions: '0',
  flexible: '0+',
  fields: [field('ClusterId', string, '0+', { nullable: '0+' }), field('VoterId', int32, '0+'), field('VoterDirectoryId', uuid, '0+')],
});
export interface RemoveRaftVoterRequest extends Infer<typeof removeRaftVoterRequest> {}
export type RemoveRaftVoterRequestInput = Input<typeof removeRaftVoterRequest>;

export const removeRaftVoterResponse = message({
  name: 'RemoveRaftVoterResponse',
  kind: 'response',
  apiKey: 81,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', ignorable: true }),
  ],
});
export interface RemoveRaftVoterResponse extends Infer<typeof removeRaftVoterResponse> {}
export type RemoveRaftVoterResponseInput = Input<typeof removeRaftVoterResponse>;
