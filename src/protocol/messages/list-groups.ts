/** ListGroups (API key 16): an admin asks a broker for the groups it coordinates. */
import { array, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const listGroupsRequest = message({
  name: 'ListGroupsRequest',
  kind: 'request',
  apiKey: 16,
  listeners: ['broker'],
  versions: '0-5',
  flexible: '3+',
  fields: [field('StatesFilter', array(string), '4+'), field('TypesFilter', array(string), '5+')],
});
export interface ListGroupsRequest extends Infer<typeof listGroupsRequest> {}
export type ListGroupsRequestInput = Input<typeof listGroupsRequest>;

export const listGroupsResponse = message({
  name: 'ListGroupsResponse',
  kind: 'response',
  apiKey: 16,
  versions: '0-5',
  flexible: '3+',
  fields: [
    field('ThrottleTimeMs', int32, '1+', { ignorable: true }),
    field('ErrorCode', int16, '0+'),
    field(
      'Groups',
      array(
        struct('ListedGroup', [
          field('GroupId', string, '0+', { entityType: 'groupId' }),
          field('ProtocolType', string, '0+'),
          field('GroupState', string, '4+', { ignorable: true }),
          field('GroupType', string, '5+', { ignorable: true }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface ListGroupsResponse extends Infer<typeof listGroupsResponse> {}
export type ListGroupsResponseInput = Input<typeof listGroupsResponse>;
