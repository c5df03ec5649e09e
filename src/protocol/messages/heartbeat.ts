/** Heartbeat (API key 12): a member of a classic group says that it is alive. */
import { field, type Infer, type Input, int16, int32, message, string } from '../schema/schema.ts';

export const heartbeatRequest = message({
  name: 'HeartbeatRequest',
  kind: 'request',
  apiKey: 12,
  listeners: ['broker'],
  versions: '0-4',
  flexible: '4+',
  fields: [
    field('GroupId', string, '0+', { entityType: 'groupId' }),
    field('GenerationId', int32, '0+'),
    field('MemberId', string, '0+'),
    field('GroupInstanceId', string, '3+', { nullable: '3+', default: null }),
  ],
});
export interface HeartbeatRequest extends Infer<typeof heartbeatRequest> {}
export type HeartbeatRequestInput = Input<typeof heartbeatRequest>;

export const heartbeatResponse = message({
  name: 'HeartbeatResponse',
  kind: 'response',
  apiKey: 12,
  versions: '0-4',
  flexible: '4+',
  fields: [field('ThrottleTimeMs', int32, '1+', { ignorable: true }), field('ErrorCode', int16, '0+')],
});
export interface HeartbeatResponse extends Infer<typeof heartbeatResponse> {}
export type HeartbeatResponseInput = Input<typeof heartbeatResponse>;
