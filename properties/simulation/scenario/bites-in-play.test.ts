/** The stories that random scenarios are made of, played alone: each brings about the situation that it is named for, in a stated share of its runs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeEvent } from '../../../src/io/node-event.ts';
import type { TopicPartition } from '../../../src/model/topic-partition.ts';
import type { Fault, FiredFault } from '../../../src/simulation/nemesis/fault.ts';
import { simulate } from '../../../src/simulation/run/simulate.ts';
import { type BiteName, biteNames, biteOf } from '../../../src/simulation/scenario/arbitrary/bites.ts';
import { lastFaultMs } from '../../../src/simulation/scenario/arbitrary/triggers.ts';
import { scenarioOfSeed } from '../../../src/simulation/scenario/arbitrary.ts';
import { seedOf } from '../../../src/simulation/scenario/seeds.ts';

const runs = 12;

interface Told {
  readonly timeUs: number;
  readonly nodeId: number;
  readonly event: NodeEvent;
}
type Kind = NodeEvent['type'];

/** One story as it went. */
class Played {
  readonly faults: readonly Fault[];
  readonly #fired: readonly FiredFault[];
  readonly #told: readonly Told[];

  constructor(faults: readonly Fault[], fired: readonly FiredFault[], told: readonly Told[]) {
    this.faults = faults;
    this.#fired = fired;
    this.#told = told;
  }

  /** What struck as the fault of this index, from the end when it is negative. */
  struck(index: number): { readonly atUs: number; readonly brokerId: number } | undefined {
    const fired = this.#fired.find((each) => each.index === (index < 0 ? this.faults.length + index : index));
    return fired && { atUs: fired.atUs, brokerId: Number(fired.node.replace('broker-', '')) };
  }

  /** The partition that the first fault is about. */
  get partition(): TopicPartition | undefined {
    for (const { target } of this.faults) if (target.type === 'leader' || target.type === 'follower') return target.partition;
    return undefined;
  }

  of<T extends Kind>(type: T, fromUs: number, toUs = Number.POSITIVE_INFINITY) {
    return this.#told.flatMap(({ timeUs, nodeId, event }) =>
      event.type === type && timeUs >= fromUs && timeUs <= toUs ? [{ timeUs, nodeId, event: event as Extract<NodeEvent, { readonly type: T }> }] : [],
    );
  }

  /** What the controller says of the partition. */
  states(fromUs: number, toUs?: number) {
    return this.of('partitionState', fromUs, toUs).filter(({ event }) => event.partition === this.partition);
  }
}

const durationUs = (fault: Fault | undefined): number => {
  if (fault === undefined) return 0;
  return 1000 * (('durationMs' in fault ? fault.durationMs : 'downMs' in fault ? fault.downMs : 0) ?? 0);
};

/** What each story is named for, and in what share of its runs it is seen at least: about half of what was measured, whatever is drawn. */
const situations: Readonly<Record<BiteName, readonly [share: number, what: string, seen: (run: Played) => boolean]>> = {
  'fast-elections': [
    0.4,
    'another leader, and another one again within seconds',
    (run) => {
      const first = run.struck(1);
      if (first === undefined) return false;
      const leaders = run.states(first.atUs, first.atUs + 10_000_000).map(({ event }) => event.leaderEpoch);
      return new Set(leaders).size >= 2;
    },
  ],
  'shut-out-follower': [
    0.4,
    'a follower that is out of the ISR and appends',
    (run) => {
      const cut = run.struck(0);
      if (cut === undefined) return false;
      const out = run.states(cut.atUs).find(({ event }) => !event.isr.some((id) => id === cut.brokerId));
      return (
        out !== undefined && run.of('appended', out.timeUs).some(({ nodeId, event }) => nodeId === cut.brokerId && event.partition === run.partition)
      );
    },
  ],
  'returning-follower': [
    0.4,
    'a follower that appends again after its silence, and a leader that goes then',
    (run) => {
      const silence = run.struck(0);
      const fall = run.struck(-1);
      if (silence === undefined || fall === undefined) return false;
      const back = run
        .of('appended', silence.atUs + durationUs(run.faults[0]))
        .some(({ nodeId, event }) => nodeId === silence.brokerId && event.partition === run.partition);
      return back && fall.atUs > silence.atUs;
    },
  ],
  'last-in-sync-loses-power': [
    0.15,
    'a crash of the only member of an ISR',
    (run) => {
      const crash = run.struck(-1);
      const isr = crash && run.states(0, crash.atUs).at(-1)?.event.isr;
      return isr?.length === 1 && isr[0] === crash?.brokerId;
    },
  ],
  'late-proposal': [0.3, 'a proposal of an ISR, and a fault at that moment', (run) => run.struck(0) !== undefined && run.struck(1) !== undefined],
  'crash-in-recovery': [
    0.4,
    'a second fault while the first one is mended',
    (run) => {
      const [first, second] = [run.struck(0), run.struck(1)];
      return first !== undefined && second !== undefined && second.atUs - first.atUs - durationUs(run.faults[0]) < 5_000_000;
    },
  ],
  'power-loss-after-clean-stop': [
    0.3,
    'a broker that was stopped, is back, and goes down with what it wrote since',
    (run) => {
      const [stop, crash] = [run.struck(0), run.struck(1)];
      if (stop === undefined || crash === undefined || stop.brokerId !== crash.brokerId) return false;
      return run.of('recovered', stop.atUs).some(({ timeUs, nodeId, event }) => nodeId === crash.brokerId && timeUs < crash.atUs && event.clean);
    },
  ],
  'isolated-leader': [
    0.3,
    'a leader that appends what nobody else has, and is followed by another one',
    (run) => {
      const cut = run.struck(0);
      if (cut === undefined) return false;
      const next = run.states(cut.atUs).find(({ event }) => event.leader !== cut.brokerId);
      return run
        .of('appended', cut.atUs, next?.timeUs ?? 0)
        .some(({ nodeId, event }) => nodeId === cut.brokerId && event.partition === run.partition);
    },
  ],
  'isolated-cleaner': [
    0.5,
    'a leader that appends what nobody else has, is followed by another one, and cuts it off',
    (run) => {
      const cut = run.struck(0);
      if (cut === undefined) return false;
      const next = run.states(cut.atUs).find(({ event }) => event.leader !== cut.brokerId);
      const alone = run.of('appended', cut.atUs, next?.timeUs ?? 0);
      const cuts = run.of('truncated', next?.timeUs ?? 0).filter(({ event }) => event.to < event.from);
      const own = ({ nodeId, event }: { readonly nodeId: number; readonly event: { readonly partition: string } }): boolean =>
        nodeId === cut.brokerId && event.partition === run.partition;
      return alone.some(own) && cuts.some(own);
    },
  ],
  'late-answer': [
    0.35,
    'a leader that becomes a follower, and appends as one, while what it sends is late',
    (run) => {
      const slow = run.struck(1);
      if (slow === undefined) return false;
      const next = run.states(slow.atUs).find(({ event }) => event.leader !== slow.brokerId);
      return (
        next !== undefined &&
        run
          .of('appended', next.timeUs, slow.atUs + durationUs(run.faults[1]))
          .some(({ nodeId, event }) => nodeId === slow.brokerId && event.partition === run.partition)
      );
    },
  ],
  'silence-at-generation': [
    0.3,
    'a silence before the generation has its assignment',
    (run) => {
      const silence = run.struck(-1);
      if (silence === undefined) return false;
      const began = run.of('generation', 0, silence.atUs).at(-1);
      return began !== undefined && run.of('assignment', began.timeUs, silence.atUs).every(({ event }) => event.group !== began.event.group);
    },
  ],
  'deposed-in-mid-commit': [
    0.3,
    'a commit that is not through when its coordinator falls, and another coordinator',
    (run) => {
      const fall = run.struck(-1);
      if (fall === undefined) return false;
      const here = ({ nodeId }: { readonly nodeId: number }): boolean => nodeId === fall.brokerId;
      const commits = run.of('commitAccepted', 0, fall.atUs).filter(here);
      const through = run.of('committed', 0, fall.atUs).filter(here).length;
      const asked = commits.reduce((sum, { event }) => sum + event.offsets.length, 0);
      const next = run.of('coordinator', fall.atUs).some((each) => each.event.role === 'loaded' && !here(each));
      return asked > through && next;
    },
  ],
  'zombie-members': [0.3, 'a member that is given up', (run) => run.of('memberRemoved', run.struck(0)?.atUs ?? Number.POSITIVE_INFINITY).length > 0],
  'restarted-member': [
    0.4,
    'a coordinator that falls as the member is back',
    (run) => {
      const [restart, fall] = [run.struck(0), run.struck(1)];
      if (restart === undefined || fall === undefined) return false;
      const joined = run.of('rebalancing', restart.atUs).length > 0 || run.of('generation', restart.atUs).length > 0;
      return joined && run.of('coordinator', fall.atUs).some(({ nodeId, event }) => event.role === 'loaded' && nodeId !== fall.brokerId);
    },
  ],
};

const needsGroups: readonly BiteName[] = ['silence-at-generation', 'deposed-in-mid-commit', 'zombie-members', 'restarted-member'];

function play(name: BiteName, index: number): Played {
  const drawn = scenarioOfSeed(seedOf('play', index), needsGroups.includes(name) ? 'groups' : 'replication');
  const story = biteOf(name, { ...drawn, lastMs: lastFaultMs(drawn.workload.seconds) });
  if (story === undefined) throw new Error(`no ${name} here`);
  const [faults = []] = fc.sample(fc.noBias(story), { seed: index, numRuns: 1 });
  const told: Told[] = [];
  const observed = (timeUs: number, nodeId: number, event: NodeEvent): void => void told.push({ timeUs, nodeId, event });
  const { faultsFired } = simulate({ ...drawn, faults }, { listener: { observed } });
  return new Played(faults, faultsFired, told);
}

describe('a story that is played alone', () => {
  test.each(biteNames.map((name) => ({ name, what: situations[name][1] })))('$name brings about $what', ({ name }) => {
    const [share, , seen] = situations[name];
    const times = Array.from({ length: runs }, (_, index) => play(name, index)).filter(seen).length;
    expect(times / runs).toBeGreaterThanOrEqual(share);
  });
});
