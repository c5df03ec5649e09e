/** ControlledShutdown (API key 7): retired with ZooKeeper in Kafka 4.0; its key stays reserved. */
import { type Infer, type Input, message } from '../schema/schema.ts';

export const controlledShutdownRequest = message({
  name: 'ControlledShutdownRequest',
  kind: 'request',
  apiKey: 7,
  versions: 'none',
  flexible: 'none',
  fields: [],
});
export interface ControlledShutdownRequest extends Infer<typeof controlledShutdownRequest> {}
export type ControlledShutdownRequestInput = Input<typeof controlledShutdownRequest>;

export const controlledShutdownResponse = message({
  name: 'ControlledShutdownResponse',
  kind: 'response',
  apiKey: 7,
  versions: 'none',
  flexible: 'none',
  fields: [],
});
export interface ControlledShutdownResponse extends Infer<typeof controlledShutdownResponse> {}
export type ControlledShutdownResponseInput = Input<typeof controlledShutdownResponse>;
