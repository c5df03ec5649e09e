/** GetTelemetrySubscriptions (API key 71): a client asks which of its metrics the broker wants (KIP-714). */
import { array, bool, field, type Infer, type Input, int8, int16, int32, message, string, uuid } from '../schema/schema.ts';

export const getTelemetrySubscriptionsRequest = message({
  name: 'GetTelemetrySubscriptionsRequest',
  kind: 'request',
  apiKey: 71,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [field('ClientInstanceId', uuid, '0+')],
});
export interface GetTelemetrySubscriptionsRequest extends Infer<typeof getTelemetrySubscriptionsRequest> {}
export type GetTelemetrySubscriptionsRequestInput = Input<typeof getTelemetrySubscriptionsRequest>;

export const getTelemetrySubscriptionsResponse = message({
  name: 'GetTelemetrySubscriptionsResponse',
  kind: 'response',
  apiKey: 71,
  versions: '0',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('ClientInstanceId', uuid, '0+'),
    field('SubscriptionId', int32, '0+'),
    field('AcceptedCompressionTypes', array(int8), '0+'),
    field('PushIntervalMs', int32, '0+'),
    field('TelemetryMaxBytes', int32, '0+'),
    field('DeltaTemporality', bool, '0+'),
    field('RequestedMetrics', array(string), '0+'),
  ],
});
export interface GetTelemetrySubscriptionsResponse extends Infer<typeof getTelemetrySubscriptionsResponse> {}
export type GetTelemetrySubscriptionsResponseInput = Input<typeof getTelemetrySubscriptionsResponse>;
