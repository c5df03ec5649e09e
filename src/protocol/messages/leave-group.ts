/** LeaveGroup (API key 13): members leave a classic group. */
import { array, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const leaveGroupRequest = message({
  name: 'LeaveGroupRequest',
  kind: 'request',
  apiKey: 13,
  listeners: ['broker'],
  versions: '0-5',
  flexible: '4+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('MemberId', string, '0-2'),
    field(
      'Members',
      array(
        struct('MemberIdentity', [
          field('MemberId', string, '3+'),
          field('GroupInstanceId', string, '3+', { nullable: '3+', default: null }),
          field('Reason', string, '5+', { nullable: '5+', default: null, ignorable: true }),
        ]),
      ),
      '3+',
    ),
  ],
});
export interface LeaveGroupRequest extends Infer<typeof leaveGroupRequest> {}
export type LeaveGroupRequestInput = Input<typeof leaveGroupRequest>;

export const leaveGroupResponse = message({
  name: 'LeaveGroupResponse',
  kind: 'response',
  apiKey: 13,
  versions: '0-5',
  flexible: '4+',
  fields: [
    field('ThrottleTimeMs', int32, '1+', { ignorable: true }),
    field('ErrorCode', int16, '0+'),
    field(
      'Members',
      array(
        struct('MemberResponse', [
          field('MemberId', string, '3+'),
          field('GroupInstanceId', string, '3+', { nullable: '3+' }),
          field('ErrorCode', int16, '3+'),
        ]),
      ),
      '3+',
    ),
  ],
});
export interface LeaveGroupResponse extends Infer<typeof leaveGroupResponse> {}
export type LeaveGroupResponseInput = Input<typeof leaveGroupResponse>;
