/** LeaderAndIsr (API key 4): retired with ZooKeeper in Kafka 4.0; its key stays reserved. */
import { type Infer, type Input, message } from '../schema/schema.ts';

export const leaderAndIsrRequest = message({
  name: 'LeaderAndIsrRequest',
  kind: 'request',
  apiKey: 4,
  versions: 'none',
  flexible: 'none',
  fields: [],
});
export interface LeaderAndIsrRequest extends Infer<typeof leaderAndIsrRequest> {}
export type LeaderAndIsrRequestInput = Input<typeof leaderAndIsrRequest>;

export const leaderAndIsrResponse = message({
  name: 'LeaderAndIsrResponse',
  kind: 'response',
  apiKey: 4,
  versions: 'none',
  flexible: 'none',
  fields: [],
});
export interface LeaderAndIsrResponse extends Infer<typeof leaderAndIsrResponse> {}
export type LeaderAndIsrResponseInput = Input<typeof leaderAndIsrResponse>;
