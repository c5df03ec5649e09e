/** The key of a control record behind its int16 version: which kind it is. */
import { field, type Infer, type Input, int16, message } from '../../schema/schema.ts';

export const controlRecordTypeSchema = message({
  name: 'ControlRecordTypeSchema',
  kind: 'data',
  versions: '0',
  flexible: 'none',
  fields: [field('Type', int16, '0+')],
});
export interface ControlRecordTypeSchema extends Infer<typeof controlRecordTypeSchema> {}
export type ControlRecordTypeSchemaInput = Input<typeof controlRecordTypeSchema>;
