/** CreatePartitions (API key 37): an admin gives topics more partitions. */
import { array, bool, field, type Infer, type Input, int16, int32, message, string, struct } from '../schema/schema.ts';

export const createPartitionsRequest = message({
  name: 'CreatePartitionsRequest',
  kind: 'request',
  apiKey: 37,
  listeners: ['broker', 'controller'],
  versions: '0-3',
  flexible: '2+',
  fields: [
    field(
      'Topics',
      array(
        struct('CreatePartitionsTopic', [
          field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field('Count', int32, '0+'),
          field(
            'Assignments',
            array(struct('CreatePartitionsAssignment', [field('BrokerIds', array(int32), '0+', { entityType: 'brokerId' })])),
            '0+',
            { nullable: '0+' },
          ),
        ]),
      ),
      '0+',
    ),
    field('TimeoutMs', int32, '0+'),
    field('ValidateOnly', bool, '0+'),
  ],
});
export interface CreatePartitionsRequest extends Infer<typeof createPartitionsRequest> {}
export type CreatePartitionsRequestInput = Input<typeof createPartitionsRequest>;

export const createPartitionsResponse = message({
  name: 'CreatePartitionsResponse',
  kind: 'response',
  apiKey: 37,
  versions: '0-3',
  flexible: '2+',
  fields: [
    field('ThrottleTimeMs', int32, '0+'),
    field(
      'Results',
      array(
        struct('CreatePartitionsTopicResult', [
          field('Name', string, '0+', { entityType: 'topicName' }),
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '0+', { nullable: '0+', default: null }),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface CreatePartitionsResponse extends Infer<typeof createPartitionsResponse> {}
export type CreatePartitionsResponseInput = Input<typeof createPartitionsResponse>;
