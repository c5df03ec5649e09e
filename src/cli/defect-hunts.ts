/** Hunts for defects over worker processes, one defect to a worker at a time. Owns who hunts what and the news of it; a hunt is `hunt.ts`'s. */
import type { Finding } from '../simulation/checker/finding.ts';
import type { Defect } from '../simulation/defect/defect.ts';
import { shrinkIn } from './shrink-seed.ts';
import type { SmallFinding } from './small-finding.ts';
import { WorkerProcess, workerFile } from './worker-process.ts';

/** What came of one. */
export interface Hunt {
  readonly defect: Defect;
  readonly seeds: number;
  readonly cpuSeconds: number;
  /** Both missing when it was not found. */
  readonly seed?: number;
  readonly finding?: Finding;
  readonly small?: SmallFinding;
  /** Why something is missing, where that is not the budget. */
  readonly problem?: string;
  /** What Kafka's own rules find where the defect was found. */
  readonly blameless: readonly string[];
}

export interface Hunting {
  readonly asked: readonly Defect[];
  readonly base: string;
  /** Of CPU time for each. */
  readonly budgetSeconds: number;
  /** Of CPU time for each; 0 leaves out making it small. */
  readonly shrinkSeconds: number;
  readonly workers: number;
  /** Ends all of it early. */
  readonly stop: AbortSignal;
  /** Hears now and then how far it is. */
  readonly news: (text: string) => void;
  /** Hears of each, as it ends. */
  readonly done: (hunt: Hunt) => void;
}

/** Wall time without a word after which a worker hangs. */
const silenceMs = 120_000;
const newsEveryMs = 10_000;

/** Answers when all are told, or were given up because it was stopped. */
export async function huntAll(hunting: Hunting): Promise<void> {
  const { asked, workers, stop, news, done } = hunting;
  const left = [...asked];
  const underWay = new Map<Defect, string>();
  const processes = Array.from({ length: Math.min(workers, asked.length) }, () => new WorkerProcess(workerFile()));
  const endAll = (): Promise<unknown> => Promise.all(processes.map((each) => each.end()));
  stop.addEventListener('abort', () => void endAll(), { once: true });
  const ticking = setInterval(() => news([...underWay].map(([{ id }, how]) => `${id}: ${how}`).join('; ')), newsEveryMs);
  try {
    await Promise.all(
      processes.map(async (worker) => {
        for (let defect = left.shift(); defect !== undefined && !stop.aborted; defect = left.shift()) {
          const mine = defect;
          const hunt = await huntOne(worker, mine, hunting, (how) => underWay.set(mine, how));
          underWay.delete(mine);
          if (!stop.aborted || hunt.small !== undefined) done(hunt);
        }
      }),
    );
  } finally {
    clearInterval(ticking);
    await endAll();
  }
}

async function huntOne(
  worker: WorkerProcess,
  defect: Defect,
  { base, budgetSeconds, shrinkSeconds }: Hunting,
  tell: (how: string) => void,
): Promise<Hunt> {
  tell('begins');
  let played = { seeds: 0, cpuSeconds: 0 };
  const task = { defect: defect.id, base, budgetSeconds };
  const reply = await worker.ask({ type: 'hunt', task }, silenceMs, (news) => {
    if (news.type !== 'seed') return;
    played = { seeds: news.seeds, cpuSeconds: news.cpuSeconds };
    tell(`${news.seeds} seeds, ${news.cpuSeconds.toFixed(1)} CPU s`);
  });
  if (reply.type !== 'hunted') {
    const problem =
      reply.type === 'died' ? `its process died by ${reply.how}` : reply.type === 'failed' ? reply.message : 'a run did not end in time';
    return { defect, ...played, problem, blameless: [] };
  }
  const { hunted } = reply;
  const { seed, finding } = hunted;
  if (seed === undefined || finding === undefined || shrinkSeconds === 0) return { defect, ...hunted };
  tell('found, being made small');
  const shrink = { seed, profile: defect.profile, wanted: finding, budgetSeconds: shrinkSeconds, defect: defect.id };
  const outcome = await shrinkIn(worker, shrink, silenceMs);
  return { defect, ...hunted, ...outcome, blameless: [...hunted.blameless, ...outcome.blameless] };
}
