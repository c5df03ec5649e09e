/** DeleteAcls (API key 31): an admin deletes access rules. */
import { array, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const deleteAclsRequest = message({
  name: 'DeleteAclsRequest',
  kind: 'request',
  apiKey: 31,
  listeners: ['broker', 'controller'],
  versions: '1-3',
  flexible: '2+',
  fields: [
    field(
      'Filters',
      array(
        struct('DeleteAclsFilter', [
          field('ResourceTypeFilter', int8, '0+'),
          field('ResourceNameFilter', string, '0+', { nullable: '0+' }),
          field('PatternTypeFilter', int8, '1+', { default: 3, ignorable: false }),
          field('PrincipalFilter', string, '0+', { nullable: '0+' }),
          field('HostFilter', string, '0+', { nullable: '0+' }),
          field('Operation', int8, '0+'),
          field('PermissionType', int8, '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface DeleteAclsRequest extends Infer<typeof deleteAclsRequest> {}
export type DeleteAclsRequestInput = Input<typeof deleteAclsRequest>;

export const deleteAclsResponse = message({
  name: 'DeleteAclsResponse',
  kind: 'response',
  apiKey: 31,
  versions: '1-3',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'FilterResults',
      array(
        struct('DeleteAclsFilterResult', [
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+' }),
          field(
            'MatchingAcls',
            array(
              struct('DeleteAclsMatchingAcl', [
                field('ErrorCode', int16, '0+'),
                field('ErrorMessage', string, '0+', { nullable: '0+' }),
                field('ResourceType', int8, '0+'),
                field('ResourceName', string, '0+'),
                field('PatternType', int8, '1+', { default: 3, ignorable: false }),
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
export interface DeleteAclsResponse extends Infer<typeof deleteAclsResponse> {}
export type DeleteAclsResponseInput = Input<typeof deleteAclsResponse>;
