/** Key and value of a record (type 2) of __consumer_offsets: a classic group with its members and their assignment. */
import { array, bytes, field, type Infer, type Input, int32, int64, message, string, struct } from '../../schema/schema.ts';

export const groupMetadataKey = message({
  name: 'GroupMetadataKey',
  kind: 'coordinator-key',
  apiKey: 2,
  versions: '0',
  flexible: 'none',
  fields: [field('group', string, '0')],
});
export interface GroupMetadataKey extends Infer<typeof groupMetadataKey> {}
export type GroupMetadataKeyInput = Input<typeof groupMetadataKey>;

const memberMetadataStruct = struct('MemberMetadata', [
  field('memberId', string, '0+'),
  field('groupInstanceId', string, '3+', { nullable: '3+', default: null, ignorable: true }),
  field('clientId', string, '0+'),
  field('clientHost', string, '0+'),
  field('rebalanceTimeout', int32, '1+', { default: -1, literalDefault: true, ignorable: true }),
  field('sessionTimeout', int32, '0+'),
  field('subscription', bytes, '0+'),
  field('assignment', bytes, '0+'),
]);

export const groupMetadataValue = message({
  name: 'GroupMetadataValue',
  kind: 'coordinator-value',
  apiKey: 2,
  versions: '0-4',
  flexible: '4+',
  fields: [
    field('protocolType', string, '0+'),
    field('generation', int32, '0+'),
    field('protocol', string, '0+', { nullable: '0+' }),
    field('leader', string, '0+', { nullable: '0+' }),
    field('currentStateTimestamp', int64, '2+', { default: -1, literalDefault: true, ignorable: true }),
    field('members', array(memberMetadataStruct), '0+'),
  ],
});
export interface GroupMetadataValue extends Infer<typeof groupMetadataValue> {}
export type GroupMetadataValueInput = Input<typeof groupMetadataValue>;
