/** The headers that stand before every request and response. */
import { field, type Infer, type Input, int16, int32, message, string } from '../schema/schema.ts';

export const requestHeader = message({
  name: 'RequestHeader',
  kind: 'header',
  versions: '1-2',
  flexible: '2+',
  fields: [
    field('RequestApiKey', int16, '0+'),
    field('RequestApiVersion', int16, '0+'),
    field('CorrelationId', int32, '0+'),
    field('ClientId', string, '1+', { nullable: '1+', flexible: 'none' }),
  ],
});
export interface RequestHeader extends Infer<typeof requestHeader> {}
export type RequestHeaderInput = Input<typeof requestHeader>;

export const responseHeader = message({
  name: 'ResponseHeader',
  kind: 'header',
  versions: '0-1',
  flexible: '1+',
  fields: [field('CorrelationId', int32, '0+')],
});
export interface ResponseHeader extends Infer<typeof responseHeader> {}
export type ResponseHeaderInput = Input<typeof responseHeader>;
