/** Makes arbitrary values of requests mean what exists, by the names of their fields, so that they get beyond a node's first check. */
import { zeroUuid } from '../../src/model/uuid.ts';
import { type Api, apis } from '../../src/protocol/apis.ts';

/** A field that has its default may not exist in the version, so it keeps it. */
const isDefault = (value: unknown): boolean => value === null || value === -1 || value === '' || value === zeroUuid;

/** The same value with every field that is named in `at` set to what stands there. */
export const aimed = (value: unknown, at: ReadonlyMap<string, unknown>): unknown =>
  Array.isArray(value)
    ? value.map((each) => aimed(each, at))
    : value === null || typeof value !== 'object' || value instanceof Uint8Array
      ? value
      : Object.fromEntries(
          Object.entries(value).map(([key, inner]): [string, unknown] => {
            if (at.has(key) && typeof inner !== 'object' && !isDefault(inner)) return [key, at.get(key)];
            return [key, aimed(inner, at)];
          }),
        );

/** What clients of groups and idempotent producers ask. */
export const groupApis: readonly Api[] = [
  apis.findCoordinator,
  apis.joinGroup,
  apis.syncGroup,
  apis.heartbeat,
  apis.leaveGroup,
  apis.offsetCommit,
  apis.offsetFetch,
  apis.describeGroups,
  apis.listGroups,
  apis.deleteGroups,
  apis.initProducerId,
];

/** A group that new members of old versions join at once, and what they may say in it. */
export const groupAims: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['groupId', 'g'],
  ['key', 'g'],
  ['keyType', 0],
  ['memberId', ''],
  ['sessionTimeoutMs', 10_000],
  ['rebalanceTimeoutMs', 500],
  ['protocolType', 'consumer'],
  ['protocolName', 'range'],
  ['generationId', 1],
  ['name', 'orders'],
  ['partitionIndex', 0],
  ['committedOffset', 7],
]);
