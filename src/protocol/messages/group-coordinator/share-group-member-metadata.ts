/** Key and value of a record (type 10) of __consumer_offsets: what a member of a share group subscribes to. */
import { array, field, type Infer, type Input, message, string } from '../../schema/schema.ts';

export const shareGroupMemberMetadataKey = message({
  name: 'ShareGroupMemberMetadataKey',
  kind: 'coordinator-key',
  apiKey: 10,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface ShareGroupMemberMetadataKey extends Infer<typeof shareGroupMemberMetadataKey> {}
export type ShareGroupMemberMetadataKeyInput = Input<typeof shareGroupMemberMetadataKey>;

export const shareGroupMemberMetadataValue = message({
  name: 'ShareGroupMemberMetadataValue',
  kind: 'coordinator-value',
  apiKey: 10,
  versions: '0',
  flexible: '0+',
  fields: [
    field('RackId', string, '0+', { nullable: '0+' }),
    field('ClientId', string, '0+'),
    field('ClientHost', string, '0+'),
    field('SubscribedTopicNames', array(string), '0+'),
  ],
});
export interface ShareGroupMemberMetadataValue extends Infer<typeof shareGroupMemberMetadataValue> {}
export type ShareGroupMemberMetadataValueInput = Input<typeof shareGroupMemberMetadataValue>;
