/** A record (type 21) of the metadata log: how far a migration from ZooKeeper had got; always none now. */
import { field, type Infer, type Input, int8, message } from '../../schema/schema.ts';

export const zkMigrationStateRecord = message({
  name: 'ZkMigrationStateRecord',
  kind: 'metadata',
  apiKey: 21,
  versions: '0',
  flexible: '0+',
  fields: [field('ZkMigrationState', int8, '0+')],
});
export interface ZkMigrationStateRecord extends Infer<typeof zkMigrationStateRecord> {}
export type ZkMigrationStateRecordInput = Input<typeof zkMigrationStateRecord>;
