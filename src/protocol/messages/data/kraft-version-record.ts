/** KRaftVersionRecord: data that travels inside other messages or stands in files. */
import { field, type Infer, type Input, int16, message } from '../../schema/schema.ts';

export const kRaftVersionRecord = message({
  name: 'KRaftVersionRecord',
  kind: 'data',
  versions: '0',
  flexible: '0+',
  fields: [field('Version', int16, '0+'), field('KRaftVersion', int16, '0+')],
});
export interface KRaftVersionRecord extends Infer<typeof kRaftVersionRecord> {}
export type KRaftVersionRecordInput = Input<typeof kRaftVersionRecord>;
