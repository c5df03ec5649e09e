/** Key and value of a record (type 19) of __consumer_offsets: who a member of a streams group is. */
import { array, field, type Infer, type Input, int32, message, string, struct, uint16 } from '../../schema/schema.ts';

export const streamsGroupMemberMetadataKey = message({
  name: 'StreamsGroupMemberMetadataKey',
  kind: 'coordinator-key',
  apiKey: 19,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('MemberId', string, '0')],
});
export interface StreamsGroupMemberMetadataKey extends Infer<typeof streamsGroupMemberMetadataKey> {}
export type StreamsGroupMemberMetadataKeyInput = Input<typeof streamsGroupMemberMetadataKey>;

const endpointStruct = struct('Endpoint', [field('Host', string, '0+'), field('Port', uint16, '0+')]);

const keyValueStruct = struct('KeyValue', [field('Key', string, '0+'), field('Value', string, '0+')]);

export const streamsGroupMemberMetadataValue = message({
  name: 'StreamsGroupMemberMetadataValue',
  kind: 'coordinator-value',
  apiKey: 19,
  versions: '0',
  flexible: '0+',
  fields: [
    field('InstanceId', string, '0+', { nullable: '0+' }),
    field('RackId', string, '0+', { nullable: '0+' }),
    field('ClientId', string, '0+'),
    field('ClientHost', string, '0+'),
    field('RebalanceTimeoutMs', int32, '0+', { default: -1, literalDefault: true }),
    field('TopologyEpoch', int32, '0+'),
    field('ProcessId', string, '0+'),
    field('UserEndpoint', endpointStruct, '0+', { nullable: '0+', default: null }),
    field('ClientTags', array(keyValueStruct), '0+'),
  ],
});
export interface StreamsGroupMemberMetadataValue extends Infer<typeof streamsGroupMemberMetadataValue> {}
export type StreamsGroupMemberMetadataValueInput = Input<typeof streamsGroupMemberMetadataValue>;
