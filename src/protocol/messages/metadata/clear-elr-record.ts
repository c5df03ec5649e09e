/** A record (type 28) of the metadata log: empties the eligible leader replicas of a topic, or of all (KIP-966). */
import { field, type Infer, type Input, message, string } from '../../schema/schema.ts';

export const clearElrRecord = message({
  name: 'ClearElrRecord',
  kind: 'metadata',
  apiKey: 28,
  versions: '0',
  flexible: '0+',
  fields: [field('TopicName', string, '0+', { entityType: 'topicName' })],
});
export interface ClearElrRecord extends Infer<typeof clearElrRecord> {}
export type ClearElrRecordInput = Input<typeof clearElrRecord>;
