/** A record (type 12) of the metadata log: the finalized level of a feature. */
import { field, type Infer, type Input, int16, message, string } from '../../schema/schema.ts';

export const featureLevelRecord = message({
  name: 'FeatureLevelRecord',
  kind: 'metadata',
  apiKey: 12,
  versions: '0',
  flexible: '0+',
  fields: [field('Name', string, '0+'), field('FeatureLevel', int16, '0+')],
});
export interface FeatureLevelRecord extends Infer<typeof featureLevelRecord> {}
export type FeatureLevelRecordInput = Input<typeof featureLevelRecord>;
