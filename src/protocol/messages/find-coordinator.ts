/** FindCoordinator (API key 10): a client asks any broker who coordinates a group, a transaction or a share partition. */
import { array, field, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema/schema.ts';

export const findCoordinatorRequest = message({
  name: 'FindCoordinatorRequest',
  kind: 'request',
  apiKey: 10,
  listeners: ['broker'],
  versions: '0-6',
  flexible: '3+',
  fields: [
    field('Key', string, '0-3'),
    field('KeyType', int8, '1+', { default: 0, ignorable: false }),
    field('CoordinatorKeys', array(string), '4+'),
  ],
});
export interface FindCoordinatorRequest extends Infer<typeof findCoordinatorRequest> {}
export type FindCoordinatorRequestInput = Input<typeof findCoordinatorRequest>;

export const findCoordinatorResponse = message({
  name: 'FindCoordinatorResponse',
  kind: 'response',
  apiKey: 10,
  versions: '0-6',
  flexible: '3+',
  fields: [
    field('ThrottleTimeMs', int32, '1+', { ignorable: true }),
    field('ErrorCode', int16, '0-3'),
    field('ErrorMessage', string, '1-3', { nullable: '1-3', ignorable: true }),
    field('NodeId', int32, '0-3', { entityType: 'brokerId' }),
    field('Host', string, '0-3'),
    field('Port', int32, '0-3'),
    field(
      'Coordinators',
      array(
        struct('Coordinator', [
          field('Key', string, '4+'),
          field('NodeId', int32, '4+', { entityType: 'brokerId' }),
          field('Host', string, '4+'),
          field('Port', int32, '4+'),
          field('ErrorCode', int16, '4+'),
          field('ErrorMessage', string, '4+', { nullable: '4+', ignorable: true }),
        ]),
      ),
      '4+',
    ),
  ],
});
export interface FindCoordinatorResponse extends Infer<typeof findCoordinatorResponse> {}
export type FindCoordinatorResponseInput = Input<typeof findCoordinatorResponse>;
