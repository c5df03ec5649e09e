/** AddRaftVoter (API key 80): an admin, or a starting controller, adds a voter to the metadata quorum (KIP-853). */
import { array, bool, field, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../schema/schema.ts';

export const addRaftVoterRequest = message({
  name: 'AddRaftVoterRequest',
  kind: 'request',
  apiKey: 80,
  listeners: ['controller', 'broker'],
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ClusterId', string, '0+', { nullable: '0+' }),
    field('TimeoutMs', int32, '0+'),
    field('VoterId', int32, '0+'),
    field('VoterDirectoryId', uuid, '0+'),
    field(
      'Listeners',
      array(struct('Listener', [field('Name', string, '0+', { mapKey: true }), field('Host', string, '0+'), field('Port', uint16, '0+')])),
      '0+',
    ),
    field('AckWhenCommitted', bool, '1+', { default: true }),
  ],
});
export interface AddRaftVoterRequest extends Infer<typeof addRaftVoterRequest> {}
export type AddRaftVoterRequestInput = Input<typeof addRaftVoterRequest>;

export const addRaftVoterResponse = message({
  name: 'AddRaftVoterResponse',
  kind: 'response',
  apiKey: 80,
  versions: '0-1',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+', ignorable: true }),
  ],
});
export interface AddRaftVoterResponse extends Infer<typeof addRaftVoterResponse> {}
export type AddRaftVoterResponseInput = Input<typeof addRaftVoterResponse>;
