/** Prints what happens in a run while it happens, as lines for people or as one JSON object an event; of all nodes or of one. */
import type { NodeEvent } from '../io/node-event.ts';
import { secondsText } from '../report/finding-text.ts';
import { renderEvent } from '../simulation/history/render.ts';
import type { FiredFault } from '../simulation/nemesis/fault.ts';
import { nodeNames } from '../simulation/run/node-names.ts';
import type { SimulateOptions } from '../simulation/run/simulate.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { ExitCode, UsageError } from './exit.ts';

export interface TraceChoice {
  /** A broker's id or a machine's name; all without it. */
  readonly node?: string;
  readonly json: boolean;
}

/** What a node did, or what became of it. */
type Happened =
  | NodeEvent
  | { readonly type: 'crashed'; readonly powerLoss: boolean }
  | { readonly type: 'stopped' }
  | { readonly type: 'restarted' }
  | { readonly type: 'struck'; readonly fault: number; readonly kind: string }
  | { readonly type: 'phase'; readonly phase: string };

/** Told of a run, it prints it. */
export function tracer(scenario: Scenario, { node, json }: TraceChoice): NonNullable<SimulateOptions['listener']> {
  const names = nodeNames(scenario);
  const only = node === undefined ? undefined : chosenNode(names, node);
  const width = Math.max(...[...names.values()].map((name) => name.length));
  /** `name`: undefined for what concerns the whole run. */
  const tell = (timeUs: number, name: string | undefined, event: Happened): void => {
    if (only !== undefined && name !== only) return;
    const line = json
      ? JSON.stringify({ timeUs, node: name ?? null, event })
      : `${secondsText(timeUs)}  ${(name ?? '*').padEnd(width)}  ${textOf(event)}`;
    process.stdout.write(`${line}\n`);
    // Whoever read this has seen enough (`head`), and the rest would be played for nobody.
    if (process.stdout.errored !== null) process.exit(ExitCode.unknown);
  };
  const nameOf = (nodeId: number): string => names.get(nodeId) ?? String(nodeId);
  return {
    observed: (timeUs, nodeId, event) => tell(timeUs, nameOf(nodeId), event),
    crashed: (timeUs, nodeId, powerLoss) => tell(timeUs, nameOf(nodeId), { type: 'crashed', powerLoss }),
    stopped: (timeUs, nodeId) => tell(timeUs, nameOf(nodeId), { type: 'stopped' }),
    restarted: (timeUs, nodeId) => tell(timeUs, nameOf(nodeId), { type: 'restarted' }),
    struck: (fault: FiredFault) => tell(fault.atUs, fault.node, { type: 'struck', fault: fault.index, kind: fault.kind }),
    phase: (timeUs, phase) => tell(timeUs, undefined, { type: 'phase', phase }),
  };
}

/** The name of the node that somebody means by an id or a name. */
export function chosenNode(names: ReadonlyMap<number, string>, node: string): string {
  const name = names.get(Number(node)) ?? [...names.values()].find((each) => each === node);
  if (name === undefined) throw new UsageError(`there is no node "${node}" in this scenario; there are ${[...names.values()].join(', ')}`);
  return name;
}

function textOf(event: Happened): string {
  switch (event.type) {
    case 'crashed':
      return event.powerLoss ? 'lost power' : 'crashed';
    case 'stopped':
      return 'stopped in order';
    case 'restarted':
      return 'starts again';
    case 'struck':
      return `faults[${event.fault}] ${event.kind} strikes`;
    case 'phase':
      return `phase: ${event.phase}`;
    default:
      return renderEvent(event);
  }
}
