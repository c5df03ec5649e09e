/** Shows how far a swarm is: a bar on a terminal, a line now and then anywhere else. Writes to standard error only. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** `findings`: runs with one. */
  update(done: number, findings: number): void;
  /** Makes room for lines that somebody else prints; the bar comes back below them. */
  makeRoom(): void;
  stop(): void;
}

const lineEveryMs = 5000;

/** `total`: runs to come, or undefined when only the clock ends them. */
export function startProgress(total: number | undefined): Progress {
  return process.stderr.isTTY ? bar(total) : lines(total);
}

function bar(total: number | undefined): Progress {
  const format =
    total === undefined
      ? '{value} runs | {duration_formatted} | findings: {findings}'
      : '{bar} {value}/{total} runs | {duration_formatted} | findings: {findings}';
  const single = new SingleBar({ format, hideCursor: true, clearOnComplete: true, stream: process.stderr, barsize: 30 });
  single.start(total ?? 1, 0, { findings: 0 });
  return {
    update: (done, findings) => {
      if (total === undefined) single.setTotal(done + 1);
      single.update(done, { findings });
    },
    makeRoom: () => {
      process.stderr.cursorTo(0);
      process.stderr.clearLine(0);
    },
    stop: () => single.stop(),
  };
}

function lines(total: number | undefined): Progress {
  let lastMs = performance.now();
  return {
    update: (done, findings) => {
      if (performance.now() - lastMs < lineEveryMs || done === total) return;
      lastMs = performance.now();
      process.stderr.write(`${done}${total === undefined ? '' : ` of ${total}`} runs, ${findings} with findings\n`);
    },
    makeRoom: () => undefined,
    stop: () => undefined,
  };
}
