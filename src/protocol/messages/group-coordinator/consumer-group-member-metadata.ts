/** Key and value of a record (type 5) of __consumer_offsets: what a member of a consumer group subscribes to and who it is. */
import { array, bytes, field, type Infer, type Input, int32, message, string, struct } from '../../schema/schema.ts';

export const consumerGroupMemberMetadataKey = message({
  name: 'ConsumerGroupMemberMetadataKey',
  kind: 'coordinator-key',
  apiKey: 5,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface ConsumerGroupMemberMetadataKey extends Infer<typeof consumerGroupMemberMetadataKey> {}
export type ConsumerGroupMemberMetadataKeyInput = Input<typeof consumerGroupMemberMetadataKey>;

export const consumerGroupMemberMetadataValue = message({
  name: 'ConsumerGroupMemberMetadataValue',
  kind: 'coordinator-value',
  apiKey: 5,
  versions: '0',
  flexible: '0+',
  fields: [
    field('InstanceId', string, '0+', { nullable: '0+' }),
    field('RackId', string, '0+', { nullable: '0+' }),
    field('ClientId', string, '0+'),
    field('ClientHost', string, '0+'),
    field('SubscribedTopicNames', array(string), '0+'),
    field('SubscribedTopicRegex', string, '0+', { nullable: '0+' }),
    field('RebalanceTimeoutMs', int32, '0+', { default: -1, literalDefault: true }),
    field('ServerAssignor', string, '0+', { nullable: '0+' }),
    field(
      'ClassicMemberMetadata',
      struct('ClassicMemberMetadata', [
        field('SessionTimeoutMs', int32, '0+'),
        field('SupportedProtocols', array(struct('ClassicProtocol', [field('Name', string, '0+'), field('Metadata', bytes, '0+')])), '0+'),
      ]),
      '0+',
      { nullable: '0+', default: null, literalDefault: true, tag: 0, tagged: '0+' },
    ),
  ],
});
export interface ConsumerGroupMemberMetadataValue extends Infer<typeof consumerGroupMemberMetadataValue> {}
export type ConsumerGroupMemberMetadataValueInput = Input<typeof consumerGroupMemberMetadataValue>;
