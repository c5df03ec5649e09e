/** A record (type 5) of the metadata log: what changed about a partition: leader, ISR, replicas, eligible leader replicas. */
import { array, field, type Infer, type Input, int8, int32, message, uuid } from '../../schema/schema.ts';

export const partitionChangeRecord = message({
  name: 'PartitionChangeRecord',
  kind: 'metadata',
  apiKey: 5,
  versions: '0-2',
  flexible: '0+',
  fields: [
    field('PartitionId', int32, '0+', { default: -1 }),
    field('TopicId', uuid, '0+'),
    field('Isr', array(int32), '0+', { nullable: '0+', default: null, tag: 0, tagged: '0+', entityType: 'brokerId' }),
    field('Leader', int32, '0+', { default: -2, tag: 1, tagged: '0+', entityType: 'brokerId' }),
    field('Replicas', array(int32), '0+', { nullable: '0+', default: null, tag: 2, tagged: '0+', entityType: 'brokerId' }),
    field('RemovingReplicas', array(int32), '0+', { nullable: '0+', default: null, tag: 3, tagged: '0+', entityType: 'brokerId' }),
    field('AddingReplicas', array(int32), '0+', { nullable: '0+', default: null, tag: 4, tagged: '0+', entityType: 'brokerId' }),
    field('LeaderRecoveryState', int8, '0+', { default: -1, tag: 5, tagged: '0+' }),
    field('Directories', array(uuid), '1+', { nullable: '1+', default: null, tag: 8, tagged: '1+' }),
    field('EligibleLeaderReplicas', array(int32), '2+', { nullable: '2+', default: null, tag: 6, tagged: '2+', entityType: 'brokerId' }),
    field('LastKnownElr', array(int32), '2+', { nullable: '2+', default: null, tag: 7, tagged: '2+', entityType: 'brokerId' }),
  ],
});
export interface PartitionChangeRecord extends Infer<typeof partitionChangeRecord> {}
export type PartitionChangeRecordInput = Input<typeof partitionChangeRecord>;
