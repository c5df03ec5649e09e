/** The file of producer state that stands beside a segment: id, epoch and last batch of each producer. */
import { array, field, type Infer, type Input, int16, int32, int64, message, struct, uint32 } from '../../schema/schema.ts';

export const producerSnapshot = message({
  name: 'ProducerSnapshot',
  kind: 'data',
  versions: '1',
  flexible: 'none',
  fields: [
    field('Crc', uint32, '1'),
    field(
      'ProducerEntries',
      array(
        struct('ProducerEntry', [
          field('ProducerId', int64, '1'),
          field('Epoch', int16, '1'),
          field('LastSequence', int32, '1'),
          field('LastOffset', int64, '1'),
          field('OffsetDelta', int32, '1'),
          field('Timestamp', int64, '1'),
          field('CoordinatorEpoch', int32, '1'),
          field('CurrentTxnFirstOffset', int64, '1'),
        ]),
      ),
      '1',
    ),
  ],
});
export interface ProducerSnapshot extends Infer<typeof producerSnapshot> {}
export type ProducerSnapshotInput = Input<typeof producerSnapshot>;
