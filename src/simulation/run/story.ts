/**
 * The story of a finding as data: the faults that struck and what clients did, in the order of time; the events that decided it; and the
 * rules that were consulted for them. Owns what belongs to the story; the words are `report/story-text.ts`'s.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import { kafkaClientRules } from '../../kafka/client/rules.ts';
import { kafkaRules } from '../../kafka/rules/rules.ts';
import type { Finding } from '../checker/finding.ts';
import { livenessName } from '../checker/liveness.ts';
import { brokerName, controllerId, controllerName, firstClientId } from '../cluster/settings.ts';
import type { History } from '../history/history.ts';
import type { HistoryOperation, SendOperation } from '../history/operation.ts';
import type { Fault } from '../nemesis/fault.ts';
import type { Scenario } from '../scenario.ts';
import { joinsAtMs, memberId, memberNumbers } from '../workload/plan.ts';
import { Workload } from '../workload/workload.ts';
import { decidersOf, isAskedElsewhere, neglectedOf, standsUntilAsked, subjectsOf, type Weight, weightOf } from './decisive.ts';
import { type Consultation, RuleWatch } from './rule-watch.ts';
import { isWanted, type ShrinkOptions, type Wanted } from './shrink.ts';
import { simulate } from './simulate.ts';

/** One thing that was done to the cluster or that a client did. Times are virtual, since the world began. */
export type StoryEntry =
  | { readonly type: 'fault'; readonly timeUs: number; readonly fault: Fault; readonly node: string }
  | { readonly type: 'send'; readonly timeUs: number; readonly send: HistoryOperation<SendOperation> }
  | { readonly type: 'consumer'; readonly timeUs: number; readonly id: string; readonly topic: string }
  | { readonly type: 'member'; readonly timeUs: number; readonly id: string; readonly group: string; readonly topics: readonly string[] };

/** A node started again, or an event of a node. */
export type Decisive = NodeEvent | { readonly type: 'restarted' };

export interface DecisiveEvent {
  readonly timeUs: number;
  readonly node: string;
  readonly event: Decisive;
  /** Consulted for it, the most direct first. */
  readonly rules: readonly Consultation[];
}

export interface Story {
  readonly finding: Finding;
  readonly entries: readonly StoryEntry[];
  readonly decisive: readonly DecisiveEvent[];
  /** Consulted in the very step that showed the finding, or last of all for what did not happen; none else where the end of the run showed it. */
  readonly atFinding: readonly Consultation[];
}

/** How many decisive events a story has at most. */
const most = { turns: 8, steps: 6 };
/** How long before its event a rule may have been consulted: the disk comes in between. */
const lateUs = 500_000;

interface Heard extends DecisiveEvent {
  readonly weight: Weight;
}

/** Plays the scenario up to the finding and tells how it came to it; undefined where it does not show it. */
export function storyOf(scenario: Scenario, wanted: Wanted, options: Pick<ShrinkOptions, 'rules' | 'clientRules'> = {}): Story | undefined {
  const watch = new RuleWatch();
  const nodeName = namesOf(scenario);
  const subjects = subjectsOf(wanted.place, scenario);
  const heard: Heard[] = [];
  let startUs = 0;
  let judging = false;
  let atFinding: readonly Consultation[] = [];
  const result = simulate(scenario, {
    rules: watch.watched(options.rules ?? kafkaRules),
    clientRules: watch.watched(options.clientRules ?? kafkaClientRules, 'client.'),
    recording: watch.recording,
    until: (finding) => {
      if (!isWanted(wanted, finding)) return false;
      // What the end of the run shows, or a look at the whole cluster, is no node's step.
      const neglected = neglectedOf(finding.anomaly).flatMap((rule) => watch.last(rule) ?? []);
      if (neglected.length > 0) atFinding = neglected;
      else if (!judging && finding.checker !== livenessName) atFinding = watch.inStep();
      return true;
    },
    listener: {
      observed: (timeUs, nodeId, event) => {
        const weight = startUs === 0 ? 'none' : weightOf(event, subjects);
        if (weight !== 'none') heard.push({ timeUs, node: nodeName(nodeId), event, weight, rules: consultedFor(event, timeUs, nodeId, watch) });
      },
      restarted: (timeUs, nodeId) => void heard.push({ timeUs, node: nodeName(nodeId), event: { type: 'restarted' }, weight: 'turn', rules: [] }),
      phase: (timeUs, name) => {
        if (name === 'safety') startUs = timeUs;
        judging = name === 'checks';
      },
    },
  });
  const finding = result.findings.find((each) => isWanted(wanted, each));
  if (finding === undefined) return undefined;
  const struck = result.faultsFired.flatMap(({ index, atUs, node }): readonly StoryEntry[] => {
    const fault = scenario.faults[index];
    return fault === undefined ? [] : [{ type: 'fault', timeUs: atUs, fault, node }];
  });
  const entries = [...struck, ...clientEntries(scenario, result.history, startUs, result.virtualUs)].sort((a, b) => a.timeUs - b.timeUs);
  return { finding, entries, decisive: chosen(heard, finding.timeUs), atFinding };
}

/** Those that can decide such an event and were just consulted there, or by whom such a decision is made elsewhere. */
function consultedFor(event: NodeEvent, timeUs: number, nodeId: number, watch: RuleWatch): readonly Consultation[] {
  return decidersOf(event.type).flatMap((rule) => {
    const consultation = watch.last(rule, isAskedElsewhere(rule, event.type) ? undefined : nodeId);
    return consultation === undefined || (consultation.timeUs < timeUs - lateUs && !standsUntilAsked(rule)) ? [] : [consultation];
  });
}

/** Turns and steps in the order of time: the last ones, and those before the moment of the finding, which only the end of the run may have shown. */
function chosen(heard: readonly Heard[], atUs: number): readonly DecisiveEvent[] {
  const last = (weight: Weight, count: number): readonly Heard[] => {
    const all = heard.filter((each) => each.weight === weight);
    const [before, after] = [all.filter(({ timeUs }) => timeUs <= atUs), all.filter(({ timeUs }) => timeUs > atUs)];
    const late = lastOf(after, Math.max(count / 2, count - before.length));
    return [...lastOf(before, count - late.length), ...late];
  };
  const kept = new Set([...last('turn', most.turns), ...last('step', most.steps)]);
  return heard.filter((each) => kept.has(each));
}

const lastOf = <T>(list: readonly T[], count: number): readonly T[] => list.slice(Math.max(0, list.length - count));

function clientEntries({ workload }: Scenario, history: History, startUs: number, endUs: number): readonly StoryEntry[] {
  const sends = history.operations.flatMap((each): readonly StoryEntry[] =>
    isSend(each) ? [{ type: 'send', timeUs: each.timeUs, send: each }] : [],
  );
  const consumers = workload.consumers.map(({ id, topic }): StoryEntry => ({ type: 'consumer', timeUs: startUs, id, topic }));
  const members = (workload.groups ?? []).flatMap((plan) =>
    memberNumbers(plan).map((number): StoryEntry => {
      const timeUs = startUs + joinsAtMs(plan, number) * 1000;
      return { type: 'member', timeUs, id: memberId(plan, number), group: plan.id, topics: plan.topics };
    }),
  );
  return [...consumers, ...members, ...sends].filter(({ timeUs }) => timeUs <= endUs);
}

const isSend = (each: HistoryOperation): each is HistoryOperation<SendOperation> => each.operation.type === 'send';

/** The names of nodes by their ids. */
function namesOf({ workload }: Scenario): (nodeId: number) => string {
  const machines = Workload.machines(workload);
  return (nodeId) => (nodeId === controllerId ? controllerName : (machines[nodeId - firstClientId] ?? brokerName(nodeId)));
}
