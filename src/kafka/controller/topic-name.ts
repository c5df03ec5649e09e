/** Which names a topic may have, and which two would be one in metric names. Source: Kafka's Topic.validate and Topic.hasCollision. */

const maxLength = 249;
/** Where the quorum keeps its log; no client may create or delete it. */
export const clusterMetadataTopic = '__cluster_metadata';

/** What is wrong with the name, as a sentence; undefined for a good one. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed';
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`;
  if (name.length > maxLength) return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${maxLength}`;
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  return undefined;
}

/** Metric names do not tell a period from an underscore. */
const unified = (name: string): string => name.replaceAll('.', '_');

/** An existing topic that the new one could not be told from; undefined when there is none. */
export function collidingTopic(name: string, existing: Iterable<string>): string | undefined {
  if (!name.includes('.') && !name.includes('_')) return undefined;
  const wanted = unified(name);
  for (const other of existing) if (other !== name && unified(other) === wanted) return other;
  return undefined;
}
