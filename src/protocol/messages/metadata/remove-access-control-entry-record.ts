/** A record (type 19) of the metadata log: removes an access rule. */
import { field, type Infer, type Input, message, uuid } from '../../schema/schema.ts';

export const removeAccessControlEntryRecord = message({
  name: 'RemoveAccessControlEntryRecord',
  kind: 'metadata',
  apiKey: 19,
  versions: '0',
  flexible: '0+',
  fields: [field('Id', uuid, '0+')],
});
export interface RemoveAccessControlEntryRecord extends Infer<typeof removeAccessControlEntryRecord> {}
export type RemoveAccessControlEntryRecordInput = Input<typeof removeAccessControlEntryRecord>;
