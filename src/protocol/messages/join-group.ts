/** JoinGroup (API key 11): a member joins a classic group, or a rebalance of it. */
import { array, bool, bytes, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const joinGroupRequest = message({
  name: 'JoinGroupRequest',
  kind: 'request',
  apiKey: 11,
  listeners: ['broker'],
  versions: '0-9',
  flexible: '6+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('SessionTimeoutMs', int32, '0+'),
    field('RebalanceTimeoutMs', int32, '1+', { default: -1, ignorable: true }),
    field('MemberId', string, '0+'),
    field('GroupInstanceId', string, '5+', { nullable: '5+', default: null }),
    field('ProtocolType', string, '0+'),
    field(
      'Protocols',
      array(struct('JoinGroupRequestProtocol', [field('Name', string, '0+', { mapKey: true }), field('Metadata', bytes, '0+')])),
      '0+',
    ),
    field('Reason', string, '8+', { nullable: '8+', default: null, ignorable: true }),
  ],
});
export interface JoinGroupRequest extends Infer<typeof joinGroupRequest> {}
export type JoinGroupRequestInput = Input<typeof joinGroupRequest>;

export const joinGroupResponse = message({
  name: 'JoinGroupResponse',
  kind: 'response',
  apiKey: 11,
  versions: '0-9',
  flexible: '6+',
  fields: [
    field('ThrottleTimeMs', int32, '2+', { ignorable: true }),
    field('ErrorCode', int16, '0+'),
    field('GenerationId', int32, '0+', { default: -1 }),
    field('ProtocolType', string, '7+', { nullable: '7+', default: null, ignorable: true }),
    field('ProtocolName', string, '0+', { nullable: '7+' }),
    field('Leader', string, '0+'),
    field('SkipAssignment', bool, '9+', { default: false }),
    field('MemberId', string, '0+'),
    field(
      'Members',
      array(
        struct('JoinGroupResponseMember', [
          field('MemberId', string, '0+'),
          field('GroupInstanceId', string, '5+', { nullable: '5+', default: null, ignorable: true }),
          field('Metadata', bytes, '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface JoinGroupResponse extends Infer<typeof joinGroupResponse> {}
export type JoinGroupResponseInput = Input<typeof joinGroupResponse>;
