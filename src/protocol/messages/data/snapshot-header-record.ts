/** SnapshotHeaderRecord: data that travels inside other messages or stands in files. */
import { field, type Infer, type Input, int16, int64, message } from '../../schema/schema.ts';

export const snapshotHeaderRecord = message({
  name: 'SnapshotHeaderRecord',
  kind: 'data',
  versions: '0',
  flexible: '0+',
  fields: [field('Version', int16, '0+'), field('LastContainedLogTimestamp', int64, '0+')],
});
export interface SnapshotHeaderRecord extends Infer<typeof snapshotHeaderRecord> {}
export type SnapshotHeaderRecordInput = Input<typeof snapshotHeaderRecord>;
