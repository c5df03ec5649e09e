/** Shows how far a swarm is: a bar on a terminal, a line now and then anywhere else. Writes to standard error only. */
import { SingleBar } from 'cli-progress';
import { group } from './table.ts';

export interface Standing {
  readonly runs: number;
  /** Runs with a finding. */
  readonly findings: number;
  readonly virtualSeconds: number;
}

/** What ends the swarm, whichever comes first; both may be Infinity. */
export interface Extent {
  readonly runs: number;
  readonly limitMs: number;
}

export interface Progress {
  update(standing: Standing): void;
  /** Makes room for lines that somebody else prints; the bar comes back below them. */
  makeRoom(): void;
  stop(): void;
}

const lineEveryMs = 5000;

export function startProgress(extent: Extent): Progress {
  return process.stderr.isTTY ? bar(extent) : lines(extent);
}

function bar(extent: Extent): Progress {
  const startMs = performance.now();
  const ends = Number.isFinite(extent.runs);
  const format = ends ? '{bar} {value}/{total} runs | {told}' : '{value} runs | {told}';
  const single = new SingleBar({ format, hideCursor: true, clearOnComplete: true, stream: process.stderr, barsize: 24 });
  const nothing: Standing = { runs: 0, findings: 0, virtualSeconds: 0 };
  single.start(ends ? extent.runs : 1, 0, { told: describe(nothing, extent, 0) });
  return {
    update: (standing) => {
      if (!ends) single.setTotal(standing.runs + 1);
      single.update(standing.runs, { told: describe(standing, extent, performance.now() - startMs) });
    },
    makeRoom: () => {
      process.stderr.cursorTo(0);
      process.stderr.clearLine(0);
    },
    stop: () => single.stop(),
  };
}

function lines(extent: Extent): Progress {
  const startMs = performance.now();
  let standing: Standing = { runs: 0, findings: 0, virtualSeconds: 0 };
  const timer = setInterval(() => {
    const of = Number.isFinite(extent.runs) ? ` of ${extent.runs}` : '';
    process.stderr.write(`${standing.runs}${of} runs, ${describe(standing, extent, performance.now() - startMs)}\n`);
  }, lineEveryMs);
  return {
    update: (now) => {
      standing = now;
    },
    makeRoom: () => undefined,
    stop: () => clearInterval(timer),
  };
}

/** Speed, virtual time, findings, and how long it may still take. */
export function describe(standing: Standing, extent: Extent, wallMs: number): string {
  const { runs, findings, virtualSeconds } = standing;
  const perSecond = wallMs > 0 ? (runs / wallMs) * 1000 : 0;
  const byRunsMs = runs > 0 ? (wallMs / runs) * (extent.runs - runs) : Number.POSITIVE_INFINITY;
  const leftMs = Math.max(0, Math.min(byRunsMs, extent.limitMs - wallMs));
  const left = Number.isFinite(leftMs) ? ` | ${clock(leftMs)} left` : '';
  return `${perSecond.toFixed(1)} runs/s | ${group(Math.round(virtualSeconds))} virtual s | findings: ${findings} | ${clock(wallMs)}${left}`;
}

/** Milliseconds as 0:07, 12:34 or 1:02:03. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
