/** A principal as an Envelope request carries it. */
import { bool, field, type Infer, type Input, message, string } from '../../schema/schema.ts';

export const defaultPrincipalData = message({
  name: 'DefaultPrincipalData',
  kind: 'data',
  versions: '0',
  flexible: '0+',
  fields: [field('Type', string, '0+'), field('Name', string, '0+'), field('TokenAuthenticated', bool, '0+')],
});
export interface DefaultPrincipalData extends Infer<typeof defaultPrincipalData> {}
export type DefaultPrincipalDataInput = Input<typeof defaultPrincipalData>;
