/** The value of a control record that ends a transaction. */
import { field, type Infer, type Input, int32, message } from '../../schema/schema.ts';

export const endTxnMarker = message({
  name: 'EndTxnMarker',
  kind: 'data',
  versions: '0',
  flexible: 'none',
  fields: [field('CoordinatorEpoch', int32, '0+')],
});
export interface EndTxnMarker extends Infer<typeof endTxnMarker> {}
export type EndTxnMarkerInput = Input<typeof endTxnMarker>;
