/**
 * One readable line for each NodeEvent and each dispatch: for `replay --trace`, stories and divergence reports. Owns the wording only.
 */
import type { GroupEvent, GroupOffset, MemberAssignment, NodeEvent } from '../../io/node-event.ts';
import { DispatchKind } from '../../io/virtual/trace-sink.ts';
import { errorName } from '../../model/error-code.ts';
import { unreachable } from '../../model/invariant.ts';

const ids = (list: readonly number[]): string => `{${list.join(',')}}`;
const crc = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
const span = (base: number, last: number): string => (base === last ? `offset ${base}` : `offsets ${base}..${last}`);
const by = (id: number): string => (id < 0 ? 'a consumer' : `replica ${id}`);
const whom = (leader: number): string => (leader < 0 ? 'nobody' : `${leader}`);

/** Virtual time in seconds with microseconds, `12.034501`. */
export function renderTime(timeUs: number): string {
  const seconds = Math.floor(timeUs / 1_000_000);
  return `${seconds}.${String(timeUs - seconds * 1_000_000).padStart(6, '0')}`;
}

/** Without time and node, which the caller puts in front. */
export function renderEvent(event: NodeEvent): string {
  switch (event.type) {
    case 'appended':
      return `${event.partition} appended ${span(event.base, event.last)} of epoch ${event.epoch}, crc ${crc(event.crc)}`;
    case 'truncated':
      return `${event.partition} truncated from ${event.from} to ${event.to}`;
    case 'logStart':
      return `${event.partition} log start is ${event.offset}`;
    case 'synced':
      return `${event.partition} durable below ${event.to}`;
    case 'recovered':
      return `${event.partition} opened ${event.clean ? 'after a clean stop' : 'and scanned'}: [${event.logStart}, ${event.logEnd}), high watermark ${event.highWatermark}`;
    case 'producersForgotten':
      return `${event.partition} forgot silent producers`;
    case 'producersRebuilt':
      return `${event.partition} knows the last batch of each producer below ${event.from}, and all above`;
    case 'cleaned':
      return `${event.partition} compacted [${event.from}, ${event.to})`;
    case 'logRemoved':
      return `${event.partition} log removed`;
    case 'replicaMoved':
      return `${event.partition} moved to log directory ${event.directory}`;
    case 'role':
      return `${event.partition} is ${event.role === 'none' ? 'neither leader nor follower' : event.role} in epoch ${event.epoch}, led by ${whom(event.leader)}`;
    case 'highWatermark':
      return `${event.partition} high watermark ${event.offset}`;
    case 'isr':
      return `${event.partition} isr ${ids(event.isr)} maximal ${ids(event.maximalIsr)} min ${event.minIsr}, epoch ${event.epoch}.${event.partitionEpoch}`;
    case 'acknowledged':
      return `${event.partition} acknowledged ${span(event.base, event.last)} of epoch ${event.epoch} with acks=${event.acks}`;
    case 'served':
      return `${event.partition} served [${event.from}, ${event.to})`;
    case 'duplicated':
      return `${event.partition} was given ${span(event.base, event.last)} again`;
    case 'outOfRange':
      return `${event.partition} has no offset ${event.offset}, asked for by ${by(event.replica)}`;
    case 'diverged':
      return `${event.partition} ${by(event.replica)} diverges: epoch ${event.epoch} ends at ${event.endOffset}`;
    case 'damageFound':
      return `${event.partition} is damaged at offset ${event.offset}`;
    case 'damageReceived':
      return `${event.partition} was sent damaged at offset ${event.offset}`;
    case 'directoryFailed':
      return `log directory ${event.directory} failed: ${event.error}`;
    case 'gaveUp':
      return `gave up: ${event.reason}`;
    default:
      return renderDecision(event);
  }
}

type RenderedAbove =
  | (
      | 'appended'
      | 'truncated'
      | 'logStart'
      | 'synced'
      | 'recovered'
      | 'producersForgotten'
      | 'producersRebuilt'
      | 'logRemoved'
      | 'replicaMoved'
      | 'role'
      | 'cleaned'
    )
  | ('highWatermark' | 'isr' | 'acknowledged' | 'served' | 'duplicated' | 'outOfRange' | 'diverged')
  | ('damageFound' | 'damageReceived' | 'directoryFailed' | 'gaveUp');

function renderDecision(event: Exclude<NodeEvent, { readonly type: RenderedAbove }>): string {
  switch (event.type) {
    case 'partitionState':
      return `${event.partition} leader ${whom(event.leader)} epoch ${event.leaderEpoch}.${event.partitionEpoch} isr ${ids(event.isr)} elr ${ids(event.elr)} of ${ids(event.replicas)}, min ${event.minIsr}`;
    case 'elected':
      return `${event.partition} ${event.kind} election of ${whom(event.leader)} for epoch ${event.leaderEpoch}`;
    case 'isrShrunk':
      return `${event.partition} isr shrunk to ${ids(event.isr)}`;
    case 'isrExpanded':
      return `${event.partition} isr expanded to ${ids(event.isr)}`;
    case 'registered':
      return `broker ${event.broker} registered with epoch ${event.brokerEpoch}${event.unclean ? ' after an unclean stop' : ''}`;
    case 'fenced':
    case 'unfenced':
      return `broker ${event.broker} ${event.type}`;
    case 'brokerState':
      return `broker ${event.broker} is ${event.fenced ? 'fenced' : 'unfenced'}`;
    case 'controllerActive':
      return `controller active in epoch ${event.epoch}`;
    case 'answered':
      return `answered api ${event.apiKey}: ${errorName(event.error)}`;
    case 'produceRetried':
      return `${event.partition} produce sent again after ${event.error === -1 ? 'no answer' : errorName(event.error)}`;
    case 'epochBumped':
      return `producer begins epoch ${event.epoch}`;
    case 'metadataApplied':
      return `metadata applied up to ${event.offset}`;
    case 'running':
      return 'running';
    default:
      return renderGroup(event);
  }
}

const member = (id: string, generation: number): string => (id === '' ? 'an outsider' : `${id} of generation ${generation}`);
const positions = (offsets: readonly GroupOffset[]): string => offsets.map(({ partition, offset }) => `${partition} at ${offset}`).join(', ');

function renderGroup(event: GroupEvent): string {
  switch (event.type) {
    case 'rebalancing':
      return `group ${event.group} rebalances after generation ${event.generation}: ${event.reason}`;
    case 'memberRemoved':
      return `group ${event.group} is without ${event.member}`;
    case 'memberSynced':
      return `group ${event.group} was asked for the assignment of ${event.member}`;
    case 'commitAccepted':
      return `group ${event.group} takes a commit of [${positions(event.offsets)}] by ${member(event.member, event.generation)}`;
    case 'offsetsFetched':
      return `group ${event.group} tells [${positions(event.offsets)}]${event.stable ? ', all of it settled' : ''}`;
    case 'forgotten':
      return `group ${event.group} forgets ${event.whole ? 'itself and ' : ''}[${event.partitions.join(', ')}]: ${event.cause}`;
    case 'generation':
      return event.members.length === 0
        ? `group ${event.group} generation ${event.generation} is empty after ${event.reason}`
        : `group ${event.group} generation ${event.generation} of ${event.members.join(', ')} by ${event.protocol}, led by ${event.leader}, after ${event.reason}, within ${event.timeoutMs} ms`;
    case 'assignment':
      return `group ${event.group} generation ${event.generation} assigned: ${event.members.map(renderAssignment).join('; ')}`;
    case 'committed':
      return `group ${event.group} committed ${event.partition} at ${event.offset} by ${member(event.member, event.generation)}`;
    case 'coordinator':
      return `${event.partition} coordinator ${event.role} in epoch ${event.epoch}`;
    default:
      return unreachable(event);
  }
}

const renderAssignment = ({ member, partitions }: MemberAssignment): string =>
  `${member} ${partitions === undefined ? 'in words of its own' : `[${partitions.join(', ')}]`}`;

const dispatchNames: ReadonlyMap<number, string> = new Map<number, string>([
  [DispatchKind.accept, 'accept'],
  [DispatchKind.opened, 'opened'],
  [DispatchKind.received, 'received'],
  [DispatchKind.drained, 'drained'],
  [DispatchKind.closed, 'closed'],
  [DispatchKind.timer, 'timer'],
  [DispatchKind.synced, 'synced'],
  [DispatchKind.step, 'step'],
]);

/** `a` is the hash of a name and `b` a number, as DispatchKind tells. */
export function renderDispatch(kind: DispatchKind, a: number, b: number): string {
  return `-> ${dispatchNames.get(kind) ?? `dispatch ${kind}`} ${crc(a)} ${b}`;
}
