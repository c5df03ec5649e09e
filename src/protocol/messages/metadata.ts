/** Metadata (API key 3): a client asks any broker for brokers, topics and who leads their partitions. */
import { array, bool, field, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema/schema.ts';

export const metadataRequest = message({
  name: 'MetadataRequest',
  kind: 'request',
  apiKey: 3,
  listeners: ['broker'],
  versions: '0-13',
  flexible: '9+',
  fields: [
    field(
      'Topics',
      array(
        struct('MetadataRequestTopic', [
          field('TopicId', uuid, '10+', { ignorable: true }),
          field('Name', string, '0+', { nullable: '10+', entityType: 'topicName' }),
        ]),
      ),
      '0+',
      { nullable: '1+' },
    ),
    field('AllowAutoTopicCreation', bool, '4+', { default: true, ignorable: false }),
    field('IncludeClusterAuthorizedOperations', bool, '8-10'),
    field('IncludeTopicAuthorizedOperations', bool, '8+'),
  ],
});
export interface MetadataRequest extends Infer<typeof metadataRequest> {}
export type MetadataRequestInput = Input<typeof metadataRequest>;

export const metadataResponse = message({
  name: 'MetadataResponse',
  kind: 'response',
  apiKey: 3,
  versions: '0-13',
  flexible: '9+',
  fields: [
    field('ThrottleTimeMs', int32, '3+', { ignorable: true }),
    field(
      'Brokers',
      array(
        struct('MetadataResponseBroker', [
          field('NodeId', int32, '0+', { mapKey: true, entityType: 'brokerId' }),
          field('Host', string, '0+'),
          field('Port', int32, '0+'),
          field('Rack', string, '1+', { nullable: '1+', default: null, ignorable: true }),
        ]),
      ),
      '0+',
    ),
    field('ClusterId', string, '2+', { nullable: '2+', default: null, ignorable: true }),
    field('ControllerId', int32, '1+', { default: -1, ignorable: true, entityType: 'brokerId' }),
    field(
      'Topics',
      array(
        struct('MetadataResponseTopic', [
          field('ErrorCode', int16, '0+'),
          field('Name', string, '0+', { nullable: '12+', mapKey: true, entityType: 'topicName' }),
          field('TopicId', uuid, '10+', { ignorable: true }),
          field('IsInternal', bool, '1+', { default: false, ignorable: true }),
          field(
            'Partitions',
            array(
              struct('MetadataResponsePartition', [
                field('ErrorCode', int16, '0+'),
                field('PartitionIndex', int32, '0+'),
                field('LeaderId', int32, '0+', { entityType: 'brokerId' }),
                field('LeaderEpoch', int32, '7+', { default: -1, ignorable: true }),
                field('ReplicaNodes', array(int32), '0+', { entityType: 'brokerId' }),
                field('IsrNodes', array(int32), '0+', { entityType: 'brokerId' }),
                field('OfflineReplicas', array(int32), '5+', { ignorable: true, entityType: 'brokerId' }),
              ]),
            ),
            '0+',
          ),
          field('TopicAuthorizedOperations', int32, '8+', { default: -2147483648 }),
        ]),
      ),
      '0+',
    ),
    field('ClusterAuthorizedOperations', int32, '8-10', { default: -2147483648 }),
    field('ErrorCode', int16, '13+', { ignorable: true }),
  ],
});
export interface MetadataResponse extends Infer<typeof metadataResponse> {}
export type MetadataResponseInput = Input<typeof metadataResponse>;
