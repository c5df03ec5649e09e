/**
 * The short forms in which scenarios write targets and triggers: `leader(orders-0)`, `follower(orders-0, slowest)`, `broker(2)`,
 * `client(producer-1)`, `controller`, `coordinator(g)`, `member(g, 0)`; `leader(orders-0) appended, not yet replicated`, `controller isrShrunk of orders-0`,
 * `any answered Produce`. Reading answers what is wrong in words; writing gives back what reading takes.
 */
import type { NodeEventType } from '../../io/node-event.ts';
import { brokerId } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { TopicPartition } from '../../model/topic-partition.ts';
import { allApis, apiByKey } from '../../protocol/apis.ts';
import { type EventTrigger, type Fault, isClientTarget, type Subject, type Target } from './fault.ts';

/** Every event that a trigger may wait for. */
export const eventNames = [
  'appended',
  'truncated',
  'logStart',
  'synced',
  'recovered',
  'producersForgotten',
  'producersRebuilt',
  'cleaned',
  'logRemoved',
  'replicaMoved',
  'damageFound',
  'directoryFailed',
  'gaveUp',
  'role',
  'highWatermark',
  'isr',
  'acknowledged',
  'served',
  'duplicated',
  'outOfRange',
  'diverged',
  'damageReceived',
  'partitionState',
  'elected',
  'isrShrunk',
  'isrExpanded',
  'registered',
  'fenced',
  'unfenced',
  'brokerState',
  'controllerActive',
  'rebalancing',
  'memberRemoved',
  'generation',
  'memberSynced',
  'assignment',
  'commitAccepted',
  'committed',
  'offsetsFetched',
  'forgotten',
  'coordinator',
  'answered',
  'produceRetried',
  'epochBumped',
  'metadataApplied',
  'running',
] as const satisfies readonly NodeEventType[];
/** Fails to compile when an event is missing above. */
type Missing = Exclude<NodeEventType, (typeof eventNames)[number]>;
const nothingIsMissing: [Missing] extends [never] ? true : never = true;
void nothingIsMissing;

const apiNamed = (name: string): number | undefined => allApis.find((api) => api.name.toLowerCase() === name.toLowerCase())?.key;
const apiName = (key: number): string => apiByKey(key)?.name ?? String(key);

const targetForms =
  'broker(1), leader(orders-0), follower(orders-0, slowest), controller, client(producer-1), coordinator(group), member(group, 0) or member(group, leader)';

/** A target from its short form. */
export function readTarget(text: string): Result<Target, string> {
  const parts = /^\s*([a-z]+)\s*(?:\(\s*([^(),]+?)\s*(?:,\s*([^(),]+?)\s*)?\))?\s*$/.exec(text);
  const unknown = failed(`cannot read "${text}"; write ${targetForms}`);
  if (parts === null) return unknown;
  const [, word, first, second] = parts;
  if (second !== undefined && word !== 'follower' && word !== 'member') return unknown;
  switch (word) {
    case 'controller':
      return first === undefined ? ok({ type: 'controller' }) : unknown;
    case 'broker':
      return first !== undefined && /^\d{1,9}$/.test(first) ? ok({ type: 'broker', id: brokerId(Number(first)) }) : unknown;
    case 'client':
      return first === undefined ? unknown : ok({ type: 'client', id: first });
    case 'leader':
      return first !== undefined && isPartition(first) ? ok({ type: 'leader', partition: first }) : unknown;
    case 'follower': {
      if (first === undefined || !isPartition(first)) return unknown;
      const choice = second ?? 'slowest';
      if (choice === 'slowest' || choice === 'fastest') return ok({ type: 'follower', partition: first, choice });
      return /^\d{1,3}$/.test(choice) ? ok({ type: 'follower', partition: first, choice: Number(choice) }) : unknown;
    }
    case 'coordinator':
      return first === undefined ? unknown : ok({ type: 'coordinator', group: first });
    case 'member': {
      const choice = second ?? '0';
      if (first === undefined || (choice !== 'leader' && !/^\d{1,3}$/.test(choice))) return unknown;
      return ok({ type: 'member', group: first, choice: choice === 'leader' ? choice : Number(choice) });
    }
    default:
      return unknown;
  }
}

export function writeTarget(target: Subject): string {
  switch (target.type) {
    case 'any':
    case 'controller':
      return target.type;
    case 'broker':
    case 'client':
      return `${target.type}(${target.id})`;
    case 'leader':
      return `leader(${target.partition})`;
    case 'follower':
      return `follower(${target.partition}, ${target.choice})`;
    case 'coordinator':
      return `coordinator(${target.group})`;
    case 'member':
      return `member(${target.group}, ${target.choice})`;
  }
}

/** Why a fault of this kind cannot strike what it targets; undefined when it can. */
export function targetMismatch({ kind, target }: Fault): string | undefined {
  const who = writeTarget(target);
  switch (kind) {
    case 'client-cut':
      return isClientTarget(target) ? undefined : `client-cut cuts off a client; ${who} is none. Use partition`;
    case 'partition':
    case 'partition-one-way':
      return isClientTarget(target) ? `${kind} strikes brokers and controllers, not clients. Use client-cut` : undefined;
    case 'slow-disk':
      return isClientTarget(target) ? 'slow-disk strikes brokers and controllers; clients have no disks' : undefined;
    case 'disk-error':
    case 'disk-full':
    case 'short-io':
    case 'stalled-sync':
      return isClientTarget(target) ? `${kind} strikes brokers and controllers; clients have no disks` : undefined;
    case 'bit-rot':
      if (target.type === 'controller') return 'bit-rot strikes brokers: the metadata of a single controller has no other copy to go on with';
      return isClientTarget(target) ? 'bit-rot strikes brokers; clients have no disks' : undefined;
    case 'slow-lane':
      return isClientTarget(target) ? 'slow-lane strikes brokers and controllers; a client has one lane, see slow-handler and pause' : undefined;
    case 'slow-handler':
      return isClientTarget(target) ? undefined : `slow-handler strikes members of groups; ${who} is none`;
    case 'move-leader':
      return target.type === 'leader' || target.type === 'coordinator'
        ? undefined
        : `move-leader needs to know what to move: write leader(orders-0) or coordinator(group), not ${who}`;
    case 'move-replica':
      return target.type === 'leader' || target.type === 'follower'
        ? undefined
        : `move-replica needs to know what to move: write leader(orders-0) or follower(orders-0, 0), not ${who}`;
    case 'add-partitions':
      return target.type === 'controller' ? undefined : `add-partitions asks the controller, not ${who}`;
    default:
      return undefined;
  }
}

/** The event part of a trigger: everything but `nth` and `after`, which are fields of their own. */
export type EventPattern = Omit<EventTrigger, 'type' | 'nth' | 'afterMs'>;

/** An event pattern from its text: `<who> <event> [<API>] [of <partition>][, not yet replicated]`. */
export function readEventPattern(text: string): Result<EventPattern, string> {
  const parts = /^\s*([a-z]+\s*(?:\([^()]*\))?)\s+([A-Za-z]+)(?:\s+(?!of\s)([A-Za-z]+))?(?:\s+of\s+([^\s,]+))?(,\s*not yet replicated)?\s*$/.exec(
    text,
  );
  if (parts === null) return failed(`cannot read "${text}"; write such as "leader(orders-0) appended, not yet replicated" or "controller elected"`);
  const [, who = '', eventText = '', apiText, partition, unreplicated] = parts;
  const subject: Result<Subject, string> = who.trim() === 'any' ? ok({ type: 'any' }) : readTarget(who);
  if (!subject.ok) return subject;
  const event = eventNames.find((name) => name === eventText);
  if (event === undefined) return failed(`there is no event "${eventText}"; the events are ${eventNames.join(', ')}`);
  if (partition !== undefined && !isPartition(partition)) return failed(`"${partition}" names no partition; write topic-index, such as orders-0`);
  if (unreplicated !== undefined && event !== 'appended' && event !== 'acknowledged')
    return failed(`"not yet replicated" goes with appended and acknowledged, not with ${event}`);
  if (apiText !== undefined && event !== 'answered') return failed(`only answered takes the name of an API; ${event} does not`);
  const apiKey = apiText === undefined ? undefined : apiNamed(apiText);
  if (apiText !== undefined && apiKey === undefined) return failed(`there is no API "${apiText}"; write Kafka's name for it, such as Produce`);
  return ok({
    subject: subject.value,
    event,
    ...(partition === undefined ? {} : { partition }),
    ...(apiKey === undefined ? {} : { apiKey }),
    notYetReplicated: unreplicated !== undefined,
  });
}

export function writeEventPattern(pattern: EventPattern): string {
  const api = pattern.apiKey === undefined ? '' : ` ${apiName(pattern.apiKey)}`;
  const partition = pattern.partition === undefined ? '' : ` of ${pattern.partition}`;
  return `${writeTarget(pattern.subject)} ${pattern.event}${api}${partition}${pattern.notYetReplicated ? ', not yet replicated' : ''}`;
}

const isPartition = (text: string): text is TopicPartition => /^[A-Za-z0-9._-]+-\d+$/.test(text);
