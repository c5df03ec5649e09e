/** The value of the control record that sets the kraft.version of the metadata quorum (KIP-853). */
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
