/** SyncGroup (API key 14): the leader of a classic group hands in the assignment, every member takes its own. */
import { array, bytes, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const syncGroupRequest = message({
  name: 'SyncGroupRequest',
  kind: 'request',
  apiKey: 14,
  listeners: ['broker'],
  versions: '0-5',
  flexible: '4+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('GenerationId', int32, '0+'),
    field('MemberId', string, '0+'),
    field('GroupInstanceId', string, '3+', { nullable: '3+', default: null }),
    field('ProtocolType', string, '5+', { nullable: '5+', default: null, ignorable: true }),
    field('ProtocolName', string, '5+', { nullable: '5+', default: null, ignorable: true }),
    field('Assignments', array(struct('SyncGroupRequestAssignment', [field('MemberId', string, '0+'), field('Assignment', bytes, '0+')])), '0+'),
  ],
});
export interface SyncGroupRequest extends Infer<typeof syncGroupRequest> {}
export type SyncGroupRequestInput = Input<typeof syncGroupRequest>;

export const syncGroupResponse = message({
  name: 'SyncGroupResponse',
  kind: 'response',
  apiKey: 14,
  versions: '0-5',
  flexible: '4+',
  fields: [
    field('ThrottleTimeMs', int32, '1+', { ignorable: true }),
    field('ErrorCode', int16, '0+'),
    field('ProtocolType', string, '5+', { nullable: '5+', default: null, ignorable: true }),
    field('ProtocolName', string, '5+', { nullable: '5+', default: null, ignorable: true }),
    field('Assignment', bytes, '0+'),
  ],
});
export interface SyncGroupResponse extends Infer<typeof syncGroupResponse> {}
export type SyncGroupResponseInput = Input<typeof syncGroupResponse>;
