/** Key and value of a record (type 1) of __consumer_offsets: a committed offset. */
import { field, type Infer, type Input, int32, int64, message, string, uuid } from '../../schema/schema.ts';

export const offsetCommitKey = message({
  name: 'OffsetCommitKey',
  kind: 'coordinator-key',
  apiKey: 1,
  versions: '0',
  flexible: 'none',
  fields: [field('group', string, '0'), field('topic', string, '0'), field('partition', int32, '0')],
});
export interface OffsetCommitKey extends Infer<typeof offsetCommitKey> {}
export type OffsetCommitKeyInput = Input<typeof offsetCommitKey>;

export const offsetCommitValue = message({
  name: 'OffsetCommitValue',
  kind: 'coordinator-value',
  apiKey: 1,
  versions: '0-4',
  flexible: '4+',
  fields: [
    field('offset', int64, '0+'),
    field('leaderEpoch', int32, '3+', { default: -1, literalDefault: true, ignorable: true }),
    field('metadata', string, '0+'),
    field('commitTimestamp', int64, '0+'),
    field('expireTimestamp', int64, '1', { default: -1, literalDefault: true, ignorable: true }),
    field('topicId', uuid, '4+', { tag: 0, tagged: '4+', ignorable: true }),
  ],
});
export interface OffsetCommitValue extends Infer<typeof offsetCommitValue> {}
export type OffsetCommitValueInput = Input<typeof offsetCommitValue>;
