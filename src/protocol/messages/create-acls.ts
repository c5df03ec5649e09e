/** CreateAcls (API key 30): an admin creates access rules. */
import { array, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const createAclsRequest = message({
  name: 'CreateAclsRequest',
  kind: 'request',
  apiKey: 30,
  listeners: ['broker', 'controller'],
  versions: '1-3',
  flexible: '2+',
  fields: [
    field(
      'Creations',
      array(
        struct('AclCreation', [
          field('ResourceType', int8, '0+'),
          field('ResourceName', string, '0+'),
          field('ResourcePatternType', int8, '1+', { default: 3 }),
          field('Principal', string, '0+'),
          field('Host', string, '0+'),
          field('Operation', int8, '0+'),
          field('PermissionType', int8, '0+'),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface CreateAclsRequest extends Infer<typeof createAclsRequest> {}
export type CreateAclsRequestInput = Input<typeof createAclsRequest>;

export const createAclsResponse = message({
  name: 'CreateAclsResponse',
  kind: 'response',
  apiKey: 30,
  versions: '1-3',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Results',
      array(struct('AclCreationResult', [field('ErrorCode', int16, '0+'), field('ErrorMessage', string, '0+', { nullable: '0+' })])),
      '0+',
    ),
  ],
});
export interface CreateAclsResponse extends Infer<typeof createAclsResponse> {}
export type CreateAclsResponseInput = Input<typeof createAclsResponse>;
