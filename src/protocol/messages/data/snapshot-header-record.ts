/** The value of the control record that begins a snapshot of the metadata. */
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
