/** DescribeGroups (API key 15): an admin looks at classic groups and their members. */
import { array, bool, bytes, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const describeGroupsRequest = message({
  name: 'DescribeGroupsRequest',
  kind: 'request',
  apiKey: 15,
  listeners: ['broker'],
  versions: '0-6',
  flexible: '5+',
  fields: [field('Groups', array(string), '0+', { entityType: 'groupId' }), field('IncludeAuthorizedOperations', bool, '3+')],
});
export interface DescribeGroupsRequest extends Infer<typeof describeGroupsRequest> {}
export type DescribeGroupsRequestInput = Input<typeof describeGroupsRequest>;

export const describeGroupsResponse = message({
  name: 'DescribeGroupsResponse',
  kind: 'response',
  apiKey: 15,
  versions: '0-6',
  flexible: '5+',
  fields: [
    field('ThrottleTimeMs', int32, '1+', { ignorable: true }),
    field(
      'Groups',
      array(
        struct('DescribedGroup', [
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '6+', { nullable: '6+', default: null }),
          field('GroupId', string, '0+', { entityType: 'groupId' }),
          field('GroupState', string, '0+'),
          field('ProtocolType', string, '0+'),
          field('ProtocolData', string, '0+'),
          field(
            'Members',
            array(
              struct('DescribedGroupMember', [
                field('MemberId', string, '0+'),
                field('GroupInstanceId', string, '4+', { nullable: '4+', default: null, ignorable: true }),
                field('ClientId', string, '0+'),
                field('ClientHost', string, '0+'),
                field('MemberMetadata', bytes, '0+'),
                field('MemberAssignment', bytes, '0+'),
              ]),
            ),
            '0+',
          ),
          field('AuthorizedOperations', int32, '3+', { default: -2147483648 }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeGroupsResponse extends Infer<typeof describeGroupsResponse> {}
export type DescribeGroupsResponseInput = Input<typeof describeGroupsResponse>;
