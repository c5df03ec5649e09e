/**
 * Where a swarm leaves its details: one line a run, the totals, and a scenario file for each finding. A disk that fails or fills up in the
 * middle of a swarm, or a folder that somebody takes away, costs the files, never the swarm: the first problem is told once, and kept.
 */
import { accessSync, appendFileSync, constants, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../server/make-folder.ts';
import { type Playable, printPlayable } from '../simulation/run/playable.ts';
import { scenarioOfSeed } from '../simulation/scenario/arbitrary.ts';
import { printScenario } from '../simulation/scenario/print.ts';
import { UsageError } from './exit.ts';
import type { SeedSummary } from './seed-run.ts';
import type { SwarmRecord } from './swarm-record.ts';
import type { ShrinkTask } from './worker-protocol.ts';

export class OutFolder {
  readonly path: string;
  readonly #tell: (problem: string) => void;
  #began = false;
  #problem: string | undefined;

  /** Makes the folder; by default one named after the moment, below `reports`. `tell` hears of the first file that cannot be written. */
  constructor(path: string | undefined, tell: (problem: string) => void) {
    this.#tell = tell;
    this.path = resolve(path ?? join('reports', new Date().toISOString().slice(0, 19).replaceAll(':', '-')));
    try {
      makeFolder(this.path);
      accessSync(this.path, constants.W_OK);
    } catch (error) {
      throw new UsageError(`cannot write to ${this.path}: ${error instanceof Error ? error.message : error}. Name another folder with --out.`);
    }
  }

  /** Why files are missing, once one could not be written. */
  get problem(): string | undefined {
    return this.#problem;
  }

  run(index: number, summary: SeedSummary): void {
    const write = this.#began ? appendFileSync : writeFileSync;
    this.#began = true;
    this.#try('runs.jsonl', (file) => write(file, `${JSON.stringify({ index, ...summary })}\n`));
  }

  /** Writes the scenario of a run; answers the file, or undefined when it could not be written. */
  scenario(summary: SeedSummary): string | undefined {
    const story = summary.findings
      .filter((finding) => finding.verdict === summary.verdict)
      .map((finding) => `${finding.anomaly} at ${finding.place}`)
      .join('; ');
    const scenario = { ...scenarioOfSeed(summary.seed, summary.profile), description: `Seed ${summary.seed}: ${story}` };
    return this.#whole(`${summary.verdict}-${summary.seed}.yaml`, printScenario(scenario));
  }

  /** Writes a smaller scenario beside that of its run. */
  smaller({ seed, wanted }: Pick<ShrinkTask, 'seed' | 'wanted'>, scenario: Playable): string | undefined {
    return this.#whole(`finding-${seed}-${wanted.anomaly}-shrunk.yaml`, printPlayable(scenario));
  }

  /** Writes the scenario, or the script, that shows a defect. */
  defect(id: string, scenario: Playable): string | undefined {
    return this.#whole(`${id}.yaml`, printPlayable(scenario));
  }

  record(record: SwarmRecord): void {
    this.#whole('summary.json', `${JSON.stringify(record, null, 2)}\n`);
  }

  /** A file is there with all of its text, or not at all. */
  #whole(name: string, text: string): string | undefined {
    return this.#try(name, (file) => {
      try {
        writeFileSync(`${file}.part`, text);
        renameSync(`${file}.part`, file);
      } catch (error) {
        rmSync(`${file}.part`, { force: true });
        throw error;
      }
    });
  }

  #try(name: string, write: (file: string) => void): string | undefined {
    const file = join(this.path, name);
    try {
      write(file);
      return file;
    } catch (error) {
      if (this.#problem === undefined) {
        this.#problem = `cannot write ${file}: ${error instanceof Error ? error.message : error}`;
        this.#tell(this.#problem);
      }
      return undefined;
    }
  }
}
