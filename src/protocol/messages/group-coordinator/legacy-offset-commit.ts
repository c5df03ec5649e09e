/** Key and value of a record (type 0) of __consumer_offsets: a committed offset as it was written long ago; read only. */
import { field, type Infer, type Input, int32, int64, message, string } from '../../schema/schema.ts';

export const legacyOffsetCommitKey = message({
  name: 'LegacyOffsetCommitKey',
  kind: 'coordinator-key',
  apiKey: 0,
  versions: '0',
  flexible: 'none',
  fields: [field('group', string, '0'), field('topic', string, '0'), field('partition', int32, '0')],
});
export interface LegacyOffsetCommitKey extends Infer<typeof legacyOffsetCommitKey> {}
export type LegacyOffsetCommitKeyInput = Input<typeof legacyOffsetCommitKey>;

export const legacyOffsetCommitValue = message({
  name: 'LegacyOffsetCommitValue',
  kind: 'coordinator-value',
  apiKey: 0,
  versions: '0',
  flexible: 'none',
  fields: [field('offset', int64, '0'), field('metadata', string, '0'), field('commitTimestamp', int64, '0')],
});
export interface LegacyOffsetCommitValue extends Infer<typeof legacyOffsetCommitValue> {}
export type LegacyOffsetCommitValueInput = Input<typeof legacyOffsetCommitValue>;
