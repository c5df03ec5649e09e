/** DescribeAcls (API key 29): an admin looks at access rules. */
import { array, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const describeAclsRequest = message({
  name: 'DescribeAclsRequest',
  kind: 'request',
  apiKey: 29,
  listeners: ['broker', 'controller'],
  versions: '1-3',
  flexible: '2+',
  fields: [
    field('ResourceTypeFilter', int8, '0+'),
    field('ResourceNameFilter', string, '0+', { nullable: '0+' }),
    field('PatternTypeFilter', int8, '1+', { default: 3, ignorable: false }),
    field('PrincipalFilter', string, '0+', { nullable: '0+' }),
    field('HostFilter', string, '0+', { nullable: '0+' }),
    field('Operation', int8, '0+'),
    field('PermissionType', int8, '0+'),
  ],
});
export interface DescribeAclsRequest extends Infer<typeof describeAclsRequest> {}
export type DescribeAclsRequestInput = Input<typeof describeAclsRequest>;

export const describeAclsResponse = message({
  name: 'DescribeAclsResponse',
  kind: 'response',
  apiKey: 29,
  versions: '1-3',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ErrorMessage', string, '0+', { nullable: '0+' }),
    field(
      'Resources',
      array(
        struct('DescribeAclsResource', [
          field('ResourceType', int8, '0+'),
          field('ResourceName', string, '0+'),
          field('PatternType', int8, '1+', { default: 3, ignorable: false }),
          field(
            'Acls',
            array(
              struct('AclDescription', [
                field('Principal', string, '0+'),
                field('Host', string, '0+'),
                field('Operation', int8, '0+'),
                field('PermissionType', int8, '0+'),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DescribeAclsResponse extends Infer<typeof describeAclsResponse> {}
export type DescribeAclsResponseInput = Input<typeof describeAclsResponse>;
