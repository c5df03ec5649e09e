/** A record (type 2) of the metadata log: a new topic. */
import { field, type Infer, type Input, message, string, uuid } from '../../schema/schema.ts';

export const topicRecord = message({
  name: 'TopicRecord',
  kind: 'metadata',
  apiKey: 2,
  versions: '0',
  flexible: '0+',
  fields: [field('Name', string, '0+', { entityType: 'topicName' }), field('TopicId', uuid, '0+')],
});
export interface TopicRecord extends Infer<typeof topicRecord> {}
export type TopicRecordInput = Input<typeof topicRecord>;
