/** The value of the control record that ends a snapshot of the metadata. */
import { field, type Infer, type Input, int16, message } from '../../schema/schema.ts';

export const snapshotFooterRecord = message({
  name: 'SnapshotFooterRecord',
  kind: 'data',
  versions: '0',
  flexible: '0+',
  fields: [field('Version', int16, '0+')],
});
export interface SnapshotFooterRecord extends Infer<typeof snapshotFooterRecord> {}
export type SnapshotFooterRecordInput = Input<typeof snapshotFooterRecord>;
