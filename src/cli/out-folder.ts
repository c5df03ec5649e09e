/**
 * Where a swarm leaves its details: one line a run, the totals, and a scenario file for each finding. A disk that fails or fills up in the
 * middle of a swarm costs the files, never the swarm: the first problem is told and kept.
 */
import { accessSync, appendFileSync, constants, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../server/make-folder.ts';
import { scenarioOfSeed } from '../simulation/scenario/arbitrary.ts';
import { printScenario } from '../simulation/scenario/print.ts';
import { UsageError } from './exit.ts';
import type { SeedSummary } from './seed-run.ts';
import type { SwarmTotals } from './tally.ts';

export class OutFolder {
  readonly path: string;
  /** Why files are missing, once one could not be written. */
  #problem: string | undefined;

  /** Makes the folder; by default one named after the moment, below `reports`. */
  constructor(path: string | undefined) {
    this.path = resolve(path ?? join('reports', new Date().toISOString().slice(0, 19).replaceAll(':', '-')));
    try {
      makeFolder(this.path);
      accessSync(this.path, constants.W_OK);
      writeFileSync(join(this.path, 'runs.jsonl'), '');
    } catch (error) {
      throw new UsageError(`cannot write to ${this.path}: ${error instanceof Error ? error.message : error}. Name another folder with --out.`);
    }
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  run(summary: SeedSummary): void {
    this.#write('runs.jsonl', (file) => appendFileSync(file, `${JSON.stringify(summary)}\n`));
  }

  /** Writes the scenario of a run; answers the file, or undefined when it could not be written. */
  scenario(summary: SeedSummary): string | undefined {
    const story = summary.findings
      .filter((finding) => finding.verdict === summary.verdict)
      .map((finding) => `${finding.anomaly} at ${finding.place}`)
      .join('; ');
    return this.#write(`${summary.verdict}-${summary.seed}.yaml`, (file) =>
      writeFileSync(file, printScenario({ ...scenarioOfSeed(summary.seed, summary.profile), description: `Seed ${summary.seed}: ${story}` })),
    );
  }

  totals(totals: SwarmTotals, coverage: ReadonlyMap<string, { readonly runs: number; readonly times: number }>): void {
    const text = JSON.stringify({ ...totals, coverage: Object.fromEntries(coverage) }, null, 2);
    this.#write('summary.json', (file) => writeFileSync(file, `${text}\n`));
  }

  #write(name: string, write: (file: string) => void): string | undefined {
    const file = join(this.path, name);
    try {
      write(file);
      return file;
    } catch (error) {
      this.#problem ??= `cannot write ${file}: ${error instanceof Error ? error.message : error}. Details are missing; what was found is printed here.`;
      return undefined;
    }
  }
}
