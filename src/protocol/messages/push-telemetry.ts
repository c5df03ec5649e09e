/** PushTelemetry (API key 72): a client sends metrics (KIP-714). */
import { bool, bytes, field, type Infer, type Input, int8, int16, int32, message, uuid } from '../schema/schema.ts';

export const pushTelemetryRequest = message({
  name: 'PushTelemetryRequest',
  kind: 'request',
  apiKey: 72,
  listeners: ['broker'],
  versions: '0',
  flexible: '0+',
  fields: [
    field('ClientInstanceId', uuid, '0+'),
    field('SubscriptionId', int32, '0+'),
    field('Terminating', bool, '0+'),
    field('CompressionType', int8, '0+'),
    field('Metrics', bytes, '0+', { zeroCopy: true }),
  ],
});
export interface PushTelemetryRequest extends Infer<typeof pushTelemetryRequest> {}
export type PushTelemetryRequestInput = Input<typeof pushTelemetryRequest>;

export const pushTelemetryResponse = message({
  name: 'PushTelemetryResponse',
  kind: 'response',
  apiKey: 72,
  versions: '0',
  flexible: '0+',
  fields: [field('ThrottleTimeMs', int32, '0+'), field('ErrorCode', int16, '0+')],
});
export interface PushTelemetryResponse extends Infer<typeof pushTelemetryResponse> {}
export type PushTelemetryResponseInput = Input<typeof pushTelemetryResponse>;
