/** UpdateMetadata (API key 6): retired with ZooKeeper in Kafka 4.0; its key stays reserved. */
import { type Infer, type Input, message } from '../schema/schema.ts';

export const updateMetadataRequest = message({
  name: 'UpdateMetadataRequest',
  kind: 'request',
  apiKey: 6,
  versions: 'none',
  flexible: 'none',
  fields: [],
});
export interface UpdateMetadataRequest extends Infer<typeof updateMetadataRequest> {}
export type UpdateMetadataRequestInput = Input<typeof updateMetadataRequest>;

export const updateMetadataResponse = message({
  name: 'UpdateMetadataResponse',
  kind: 'response',
  apiKey: 6,
  versions: 'none',
  flexible: 'none',
  fields: [],
});
export interface UpdateMetadataResponse extends Infer<typeof updateMetadataResponse> {}
export type UpdateMetadataResponseInput = Input<typeof updateMetadataResponse>;
