/** A record (type 9) of the metadata log: removes a topic with its partitions. */
import { field, type Infer, type Input, message, uuid } from '../../schema/schema.ts';

export const removeTopicRecord = message({
  name: 'RemoveTopicRecord',
  kind: 'metadata',
  apiKey: 9,
  versions: '0',
  flexible: '0+',
  fields: [field('TopicId', uuid, '0+')],
});
export interface RemoveTopicRecord extends Infer<typeof removeTopicRecord> {}
export type RemoveTopicRecordInput = Input<typeof removeTopicRecord>;
