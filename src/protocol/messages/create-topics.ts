/** CreateTopics (API key 19): an admin, or a broker that creates topics automatically, creates topics. */
import { array, bool, field, type Infer, type Input, int8, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const createTopicsRequest = message({
  name: 'CreateTopicsRequest',
  kind: 'request',
  apiKey: 19,
  listeners: ['broker', 'controller'],
  versions: '2-7',
  flexible: '5+',
  fields: [
    field(
      'Topics',
      array(
        struct('CreatableTopic', [
          field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field('NumPartitions', int32, '0+'),
          field('ReplicationFactor', int16, '0+'),
          field(
            'Assignments',
            array(
              struct('CreatableReplicaAssignment', [
                field('PartitionIndex', int32, '0+', { mapKey: true }),
                field('BrokerIds', array(int32), '0+', { entityType: 'brokerId' }),
              ]),
            ),
            '0+',
          ),
          field(
            'Configs',
            array(struct('CreatableTopicConfig', [field('Name', string, '0+', { mapKey: true }), field('Value', string, '0+', { nullable: '0+' })])),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
    field('timeoutMs', int32, '0+', { default: 60000 }),
    field('validateOnly', bool, '1+', { default: false, ignorable: false }),
  ],
});
export interface CreateTopicsRequest extends Infer<typeof createTopicsRequest> {}
export type CreateTopicsRequestInput = Input<typeof createTopicsRequest>;

export const createTopicsResponse = message({
  name: 'CreateTopicsResponse',
  kind: 'response',
  apiKey: 19,
  versions: '2-7',
  flexible: '5+',
  fields: [
    field('ThrottleTimeMs', int32, '2+', { ignorable: true }),
    field(
      'Topics',
      array(
        struct('CreatableTopicResult', [
          field('Name', string, '0+', { mapKey: true, entityType: 'topicName' }),
          field('TopicId', uuid, '7+', { ignorable: true }),
          field('ErrorCode', int16, '0+'),
          field('ErrorMessage', string, '1+', { nullable: '0+', ignorable: true }),
          field('TopicConfigErrorCode', int16, '5+', { tag: 0, tagged: '5+', ignorable: true }),
          field('NumPartitions', int32, '5+', { default: -1, ignorable: true }),
          field('ReplicationFactor', int16, '5+', { default: -1, ignorable: true }),
          field(
            'Configs',
            array(
              struct('CreatableTopicConfigs', [
                field('Name', string, '5+'),
                field('Value', string, '5+', { nullable: '5+' }),
                field('ReadOnly', bool, '5+'),
                field('ConfigSource', int8, '5+', { default: -1, ignorable: true }),
                field('IsSensitive', bool, '5+'),
              ]),
            ),
            '5+',
            { nullable: '5+', ignorable: true },
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface CreateTopicsResponse extends Infer<typeof createTopicsResponse> {}
export type CreateTopicsResponseInput = Input<typeof createTopicsResponse>;
