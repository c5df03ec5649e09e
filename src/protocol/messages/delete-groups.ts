/** DeleteGroups (API key 42): an admin deletes groups without members. */
import { array, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const deleteGroupsRequest = message({
  name: 'DeleteGroupsRequest',
  kind: 'request',
  apiKey: 42,
  listeners: ['broker'],
  versions: '0-2',
  flexible: '2+',
  fields: [field('GroupsNames', array(string), '0+', { entityType: 'groupId' })],
});
export interface DeleteGroupsRequest extends Infer<typeof deleteGroupsRequest> {}
export type DeleteGroupsRequestInput = Input<typeof deleteGroupsRequest>;

export const deleteGroupsResponse = message({
  name: 'DeleteGroupsResponse',
  kind: 'response',
  apiKey: 42,
  versions: '0-2',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Results',
      array(
        struct('DeletableGroupResult', [field('GroupId', string, '0+', { mapKey: true, entityType: 'groupId' }), field('ErrorCode', int16, '0+')]),
      ),
      '0+',
    ),
  ],
});
export interface DeleteGroupsResponse extends Infer<typeof deleteGroupsResponse> {}
export type DeleteGroupsResponseInput = Input<typeof deleteGroupsResponse>;
