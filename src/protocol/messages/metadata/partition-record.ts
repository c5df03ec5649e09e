/** A record (type 3) of the metadata log: a new partition. */
import { array, field, type Infer, type Input, int8, int32, message, uuid } from '../../schema/schema.ts';

export const partitionRecord = message({
  name: 'PartitionRecord',
  kind: 'metadata',
  apiKey: 3,
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('PartitionId', int32, '0+', { default: -1 }),
    field('TopicId', uuid, '0+'),
    field('Replicas', array(int32), '0+', { entityType: 'brokerId' }),
    field('Isr', array(int32), '0+'),
    field('RemovingReplicas', array(int32), '0+', { entityType: 'brokerId' }),
    field('AddingReplicas', array(int32), '0+', { entityType: 'brokerId' }),
    field('Leader', int32, '0+', { default: -1, entityType: 'brokerId' }),
    field('LeaderRecoveryState', int8, '0+', { default: 0, tag: 0, tagged: '0+' }),
    field('LeaderEpoch', int32, '0+', { default: -1 }),
    field('PartitionEpoch', int32, '0+', { default: -1 }),
    field('Directories', array(uuid), '1+'),
    field('EligibleLeaderReplicas', array(int32), '2+', { nullable: '2+', default: null, tag: 1, tagged: '2+', entityType: 'brokerId' }),
    field('LastKnownElr', array(int32), '2+', { nullable: '2+', default: null, tag: 2, tagged: '2+', entityType: 'brokerId' }),
  ],
});
export interface PartitionRecord extends Infer<typeof partitionRecord> {}
export type PartitionRecordInput = Input<typeof partitionRecord>;
