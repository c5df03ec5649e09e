/** StopReplica (API key 5): retired with ZooKeeper in Kafka 4.0; its key stays reserved. */
import { type Infer, type Input, message } from '../schema/schema.ts';

export const stopReplicaRequest = message({
  name: 'StopReplicaRequest',
  kind: 'request',
  apiKey: 5,
  versions: 'none',
  flexible: 'none',
  fields: [],
});
export interface StopReplicaRequest extends Infer<typeof stopReplicaRequest> {}
export type StopReplicaRequestInput = Input<typeof stopReplicaRequest>;

export const stopReplicaResponse = message({
  name: 'StopReplicaResponse',
  kind: 'response',
  apiKey: 5,
  versions: 'none',
  flexible: 'none',
  fields: [],
});
export interface StopReplicaResponse extends Infer<typeof stopReplicaResponse> {}
export type StopReplicaResponseInput = Input<typeof stopReplicaResponse>;
