/** Key and value of a record (type 23) of __consumer_offsets: the topology of a streams group. */
import { array, field, type Infer, type Input, int16, int32, message, string, struct } from '../../schema/schema.ts';

export const streamsGroupTopologyKey = message({
  name: 'StreamsGroupTopologyKey',
  kind: 'coordinator-key',
  apiKey: 23,
  versions: '0',
  flexible: 'none',
  fields: [field('GroupId', string, '0')],
});
export interface StreamsGroupTopologyKey extends Infer<typeof streamsGroupTopologyKey> {}
export type StreamsGroupTopologyKeyInput = Input<typeof streamsGroupTopologyKey>;

const topicConfigStruct = struct('TopicConfig', [field('key', string, '0+'), field('value', string, '0+')]);

const topicInfoStruct = struct('TopicInfo', [
  field('Name', string, '0+'),
  field('Partitions', int32, '0+'),
  field('ReplicationFactor', int16, '0+'),
  field('TopicConfigs', array(topicConfigStruct), '0+'),
]);

export const streamsGroupTopologyValue = message({
  name: 'StreamsGroupTopologyValue',
  kind: 'coordinator-value',
  apiKey: 23,
  versions: '0',
  flexible: '0+',
  fields: [
    field('Epoch', int32, '0+'),
    field(
      'Subtopologies',
      array(
        struct('Subtopology', [
          field('SubtopologyId', string, '0+'),
          field('SourceTopics', array(string), '0+'),
          field('SourceTopicRegex', array(string), '0+'),
          field('StateChangelogTopics', array(topicInfoStruct), '0+'),
          field('RepartitionSinkTopics', array(string), '0+'),
          field('RepartitionSourceTopics', array(topicInfoStruct), '0+'),
          field(
            'CopartitionGroups',
            array(
              struct('CopartitionGroup', [
                field('SourceTopics', array(int16), '0+'),
                field('SourceTopicRegex', array(int16), '0+'),
                field('RepartitionSourceTopics', array(int16), '0+'),
              ]),
            ),
            '0+',
          ),
        ]),
      ),
      '0+',
    ),
  ],
});
export interface StreamsGroupTopologyValue extends Infer<typeof streamsGroupTopologyValue> {}
export type StreamsGroupTopologyValueInput = Input<typeof streamsGroupTopologyValue>;
