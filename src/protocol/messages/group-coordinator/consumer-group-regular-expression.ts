/** Key and value of a record (type 16) of __consumer_offsets: the topics that a pattern of a consumer group stands for. */
import { array, field, type Infer, type Input, int64, message, string } from '../../schema/schema.ts';

export const consumerGroupRegularExpressionKey = message({
  name: 'ConsumerGroupRegularExpressionKey',
  kind: 'coordinator-key',
  apiKey: 16,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0'), field('RegularExpression', string, '0')],
});
export interface ConsumerGroupRegularExpressionKey extends Infer<typeof consumerGroupRegularExpressionKey> {}
export type ConsumerGroupRegularExpressionKeyInput = Input<typeof consumerGroupRegularExpressionKey>;

export const consumerGroupRegularExpressionValue = message({
  name: 'ConsumerGroupRegularExpressionValue',
  kind: 'coordinator-value',
  apiKey: 16,
  versions: '0',
  flexible: '0+',
  fields: [field('Topics', array(string), '0+'), field('Version', int64, '0+'), field('Timestamp', int64, '0+')],
});
export interface ConsumerGroupRegularExpressionValue extends Infer<typeof consumerGroupRegularExpressionValue> {}
export type ConsumerGroupRegularExpressionValueInput = Input<typeof consumerGroupRegularExpressionValue>;
