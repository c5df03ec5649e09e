/** BrokerHeartbeat (API key 63): a broker keeps its registration alive and asks to be unfenced or to shut down (KIP-631). */
import { array, bool, field, type Infer, type Input, int16, int32, int64, message, uuid } from '../schema/schema.ts';

export const brokerHeartbeatRequest = message({
  name: 'BrokerHeartbeatRequest',
  kind: 'request',
  apiKey: 63,
  listeners: ['controller'],
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('BrokerId', int32, '0+', { entityType: 'brokerId' }),
    field('BrokerEpoch', int64, '0+', { default: -1 }),
    field('CurrentMetadataOffset', int64, '0+'),
    field('WantFence', bool, '0+'),
    field('WantShutDown', bool, '0+'),
    field('OfflineLogDirs', array(uuid), '1+', { tag: 0, tagged: '1+' }),
    field('CordonedLogDirs', array(uuid), '2+', { nullable: '2+', default: null, tag: 1, tagged: '2+' }),
  ],
});
export interface BrokerHeartbeatRequest extends Infer<typeof brokerHeartbeatRequest> {}
export type BrokerHeartbeatRequestInput = Input<typeof brokerHeartbeatRequest>;

export const brokerHeartbeatResponse = message({
  name: 'BrokerHeartbeatResponse',
  kind: 'response',
  apiKey: 63,
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field('ErrorCode', int16, '0+'),
    field('IsCaughtUp', bool, '0+', { default: false }),
    field('IsFenced', bool, '0+', { default: true }),
    field('ShouldShutDown', bool, '0+'),
  ],
});
export interface BrokerHeartbeatResponse extends Infer<typeof brokerHeartbeatResponse> {}
export type BrokerHeartbeatResponseInput = Input<typeof brokerHeartbeatResponse>;
