/** A story in plain words: what was done, what decided it, which rules were asked. Owns the wording only. */
import { meaningOf } from '../simulation/checker/meaning.ts';
import type { Completion } from '../simulation/history/operation.ts';
import { renderEvent } from '../simulation/history/render.ts';
import type { Fault, Target } from '../simulation/nemesis/fault.ts';
import { writeEventPattern, writeTarget } from '../simulation/nemesis/text.ts';
import type { Consultation } from '../simulation/run/rule-watch.ts';
import type { Decisive, DecisiveEvent, Story, StoryEntry } from '../simulation/run/story.ts';
import { ruleFile } from './rule-files.ts';

/** All of it, without a line end at its end. Times are seconds of virtual time since the world began, as in a trace. */
export function storyText({ finding, entries, decisive, atFinding }: Story): string {
  const meaning = meaningOf(finding.anomaly);
  const told = new Set<Consultation>();
  const parts = [
    `What happened, in ${entries.length} ${entries.length === 1 ? 'step' : 'steps'}:\n${entries.map(entryLine).join('\n')}`,
    ...(decisive.length === 0
      ? []
      : [`What decided it, and the rules that were asked:\n${decisive.map((each) => eventLines(each, told)).join('\n')}`]),
    `What was found:\n${line(finding.timeUs, `${finding.checker}/${finding.anomaly} at ${finding.place}${meaning === undefined ? '' : `: ${meaning}`}`)}`,
  ];
  const message = `${indent}${finding.message.split('\n')[0]}`;
  const asked = atFinding.map(({ rule }) => rule);
  return [
    parts.join('\n\n'),
    message,
    ...(asked.length === 0
      ? []
      : [
          `${indent}rules asked for it: ${asked
            .slice(-6)
            .map((rule) => `${rule} ${ruleFile(rule)}`)
            .join(', ')}`,
        ]),
  ].join('\n');
}

const indent = ' '.repeat(14);
const seconds = (timeUs: number): string => (timeUs / 1_000_000).toFixed(3);
const line = (timeUs: number, text: string): string => `${seconds(timeUs).padStart(10)} s  ${text}`;

/** One entry as a line. */
export function entryLine(entry: StoryEntry): string {
  switch (entry.type) {
    case 'fault':
      return line(entry.timeUs, faultText(entry.fault, entry.node));
    case 'send': {
      const { operation, completion } = entry.send;
      const slash = operation.value.lastIndexOf('/');
      const what = `${operation.value.slice(0, slash)} sends record ${operation.value.slice(slash + 1)} to ${operation.topic}`;
      return line(entry.timeUs, `${what}${sendEnd(completion)}`);
    }
    case 'consumer':
      return line(entry.timeUs, `${entry.id} reads ${entry.topic} from the beginning`);
    case 'member':
      return line(entry.timeUs, `${entry.id} joins ${entry.group} for ${entry.topics.join(' and ')}`);
  }
}

function sendEnd(completion: Completion | undefined): string {
  if (completion === undefined) return ', and has no answer by then';
  const at = `at ${seconds(completion.timeUs)} s`;
  if (completion.type === 'fail') return `, which fails ${at}: ${completion.error}`;
  if (completion.type === 'info') return `, and gives up ${at}: ${completion.error}`;
  const { result } = completion;
  if (result.type !== 'send') return '';
  return result.offset < 0 ? `-${partitionNumber(result.partition)}` : `, acknowledged ${at}: offset ${result.offset} of ${result.partition}`;
}

const partitionNumber = (partition: string): string => partition.slice(partition.lastIndexOf('-') + 1);

/** Who it strikes: by name, and by the part that the scenario means. */
function whom({ target }: Fault, node: string): string {
  switch (target.type) {
    case 'leader':
      return `${node}, which leads ${target.partition},`;
    case 'follower':
      return `${node}, which follows ${target.partition},`;
    case 'coordinator':
      return `${node}, which coordinates ${target.group},`;
    case 'member':
      return `${node}, ${target.choice === 'leader' ? 'the leader' : 'a member'} of ${target.group},`;
    case 'broker':
    case 'controller':
    case 'client':
      return node;
  }
}

function faultText(fault: Fault, node: string): string {
  const who = whom(fault, node);
  const peers = 'peers' in fault && fault.peers.length > 0 ? fault.peers.map(target).join(' and ') : undefined;
  return `${deed(fault, who, peers)}${cause(fault)}`;
}

const target = (each: Target): string => writeTarget(each);
const lasting = (ms: number): string => `for ${ms} ms`;
const back = (downMs: number | null): string => (downMs === null ? 'and stays down' : `and starts again after ${downMs} ms`);

/** `peers`: undefined where all are meant. */
function deed(fault: Fault, who: string, peers: string | undefined): string {
  switch (fault.kind) {
    case 'crash':
      return `${who} ${fault.powerLoss ? 'loses its power' : 'crashes'} ${back(fault.downMs)}`;
    case 'stop':
      return `${who} is stopped in order ${back(fault.downMs)}`;
    case 'pause':
      return `${who} stands still ${lasting(fault.durationMs)}`;
    case 'partition':
      return `${who} is cut off from ${peers ?? 'all other brokers and the controller'} ${lasting(fault.durationMs)}`;
    case 'partition-one-way': {
      const others = peers ?? 'other brokers and the controller';
      const lost = fault.direction === 'outbound' ? `nothing that ${who} sends reaches ${others}` : `nothing from ${others} reaches ${who}`;
      return `${lost.replace(/,$/, '')} ${lasting(fault.durationMs)}`;
    }
    case 'client-cut':
      return `${who} is cut off from ${peers ?? 'all brokers'} ${lasting(fault.durationMs)}`;
    case 'slow-disk':
      return `the disk of ${who} takes ${fault.perOperationMs} ms longer for each operation ${lasting(fault.durationMs)}${fault.bytesPerSecond === null ? '' : `, at ${fault.bytesPerSecond} bytes a second`}`;
    case 'slow-network':
      return `the network of ${who} takes ${fault.latencyMs} ms longer ${lasting(fault.durationMs)}${fault.jitterMs === 0 ? '' : `, give or take ${fault.jitterMs} ms`}`;
    case 'reset':
      return `the connections of ${who} with ${peers ?? 'everybody'} break`;
    case 'slow-handler':
      return `${who} works ${fault.perPollMs} ms longer on each poll ${lasting(fault.durationMs)}`;
    case 'slow-lane':
      return `the ${fault.lane} lane of ${who} takes ${fault.perStepMs} ms longer for each step ${lasting(fault.durationMs)}`;
    case 'disk-error': {
      const which = fault.calls === 'all' ? 'call' : diskCallWords[fault.calls];
      return fault.nthCall === null
        ? `every ${which} to ${disk(fault)} of ${who} fails ${lasting(fault.durationMs)}`
        : `of the next calls to ${disk(fault)} of ${who} ${which} ${fault.nthCall} fails, if it comes within ${fault.durationMs} ms`;
    }
    case 'disk-full':
      return `only ${fault.freeBytes} more bytes fit on ${disk(fault)} of ${who} ${lasting(fault.durationMs)}`;
    case 'short-io':
      return `${disk(fault)} of ${who} reads and writes less than it is asked for ${lasting(fault.durationMs)}`;
    case 'stalled-sync':
      return `no sync of ${disk(fault)} of ${who} ends ${lasting(fault.durationMs)}`;
    case 'bit-rot':
      return `a bit of ${rotWords[fault.file]} on the disk of ${who} changes; it is repaired after ${fault.durationMs} ms`;
    case 'move-leader':
      return `an administrator moves the leadership away from ${who.replace(/,$/, '')}`;
    case 'move-replica':
      return `an administrator moves ${partitionOf(fault.target)} of ${who.replace(/,.*$/, '')} to the next log directory`;
    case 'add-partitions':
      return `an administrator adds ${fault.partitions} ${fault.partitions === 1 ? 'partition' : 'partitions'} to ${fault.topic}`;
  }
}

const partitionOf = (each: Target): string => ('partition' in each ? each.partition : 'a replica');
const disk = ({ logDir }: { readonly logDir?: number }): string => (logDir === undefined ? 'the disk' : `the disk of log directory ${logDir}`);
const diskCallWords = { read: 'read', write: 'write', sync: 'sync', names: 'use of a name' } as const;
const rotWords = { batch: 'a batch', index: 'an index', checkpoint: 'a checkpoint' } as const;

/** What set it off, where that was no time. */
function cause({ trigger }: Fault): string {
  if (trigger.type === 'time') return '';
  return `, as of ${writeEventPattern(trigger)}${trigger.nth === 1 ? '' : `, the ${trigger.nth}th time`}`;
}

/** One decision may stand behind several events: it is told with the first. */
function eventLines({ timeUs, node, event, rules }: DecisiveEvent, told: Set<Consultation>): string {
  const fresh = rules.filter((rule) => !told.has(rule));
  for (const rule of fresh) told.add(rule);
  return [line(timeUs, `${node}: ${eventText(event)}`), ...fresh.map((rule) => `${indent}  ${ruleText(rule)}`)].join('\n');
}

const eventText = (event: Decisive): string => (event.type === 'restarted' ? 'starts again' : renderEvent(event));

/** What was asked and answered, as far as a line has room, and where the rule is written. */
function ruleText({ rule, asked, answer }: Consultation): string {
  const question = asked.map(plain).join(', ');
  return `${rule}(${question.length > 60 ? '…' : question}) = ${short(plain(answer), 60)}   ${ruleFile(rule)}`;
}

const short = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** Any value as text on one line, down to where it becomes long. An object of some class may hold the whole world: its name has to do. */
function plain(value: unknown, depth = 0): string {
  if (typeof value === 'function') return 'function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth > 4) return '…';
  const all = (items: Iterable<unknown>): string => [...items].map((item) => plain(item, depth + 1)).join(',');
  if (Array.isArray(value)) return `[${all(value)}]`;
  if (value instanceof Map || value instanceof Set) return `[${all(value)}]`;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value.constructor?.name ?? '…';
  const fields = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${fields.map(([name, each]) => `${name}:${plain(each, depth + 1)}`).join(',')}}`;
}
