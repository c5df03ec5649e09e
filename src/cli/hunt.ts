/** What a worker does for a defect and for a finding: looks for the one seed by seed, makes the other small. Ends by this process's CPU time. */
import { identity } from '../simulation/checker/finding.ts';
import { rulesOf } from '../simulation/defect/defect.ts';
import { defectNamed } from '../simulation/defect/defects.ts';
import { findingsOf, type Playable, playableOfSeed } from '../simulation/run/playable.ts';
import { seedOf } from '../simulation/scenario/seeds.ts';
import { cpuSecondsFromNow, makeSmall, type SmallFinding, withinCpuSeconds } from './small-finding.ts';
import type { Hunted, HuntTask, ShrinkTask, WorkerNews } from './worker-protocol.ts';

type Tell = (news: WorkerNews) => void;

/**
 * Plays the seeds that `run --profile <the defect's> --base <base>` plays, in its order, until one has a finding within the budget; the same of the
 * scripts for a log, which `run` does not play.
 */
export function huntDefect(task: HuntTask, tell: Tell): Hunted {
  const defect = defectNamed(task.defect);
  if (defect === undefined) throw new Error(`no defect ${task.defect}`);
  const rules = rulesOf(defect);
  const spent = cpuSecondsFromNow();
  for (let index = 0; ; index++) {
    const seed = seedOf(task.base, index);
    const playable = playableOfSeed(seed, defect.profile);
    const finding = findingsOf(playable, rules).find(({ verdict }) => verdict === 'finding');
    const played = { seeds: index + 1, cpuSeconds: spent() };
    if (played.cpuSeconds > task.budgetSeconds) return { ...played, blameless: [] };
    if (finding !== undefined) return { ...played, seed, finding, blameless: foundBlameless(playable) };
    tell({ type: 'seed', ...played });
  }
}

/** Makes the finding of a seed small; `small` is missing where it does not come again. */
export function shrinkSeed(task: ShrinkTask, tell: Tell): { readonly small?: SmallFinding; readonly blameless: readonly string[] } {
  const defect = task.defect === undefined ? undefined : defectNamed(task.defect);
  const small = makeSmall(playableOfSeed(task.seed, task.profile), task.wanted, defect, {
    goOn: withinCpuSeconds(task.budgetSeconds),
    progress: ({ runs, smaller, smallest }) => tell({ type: 'tried', runs, ...(smaller && { smaller: smallest }) }),
  });
  if (small === undefined) return { blameless: [] };
  return { small, blameless: defect === undefined ? [] : foundBlameless(small.scenario) };
}

/** What Kafka's own rules find where another decision was to blame. */
const foundBlameless = (playable: Playable): readonly string[] =>
  findingsOf(playable)
    .filter(({ verdict }) => verdict !== 'excused')
    .map(identity);
