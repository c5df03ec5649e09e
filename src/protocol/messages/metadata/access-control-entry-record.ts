/** A record (type 18) of the metadata log: an access rule. */
import { field, type Infer, type Input, int8, message, string, uuid } from '../../schema/schema.ts';

export const accessControlEntryRecord = message({
  name: 'AccessControlEntryRecord',
  kind: 'metadata',
  apiKey: 18,
  versions: '0',
  flexible: '0+',
  fields: [
    field('Id', uuid, '0+'),
    field('ResourceType', int8, '0+'),
    field('ResourceName', string, '0+'),
    field('PatternType', int8, '0+'),
    field('Principal', string, '0+'),
    field('Host', string, '0+'),
    field('Operation', int8, '0+'),
    field('PermissionType', int8, '0+'),
  ],
});
export interface AccessControlEntryRecord extends Infer<typeof accessControlEntryRecord> {}
export type AccessControlEntryRecordInput = Input<typeof accessControlEntryRecord>;
