/** Where a swarm leaves its details: one line a run, the totals, and a scenario file for each finding. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { scenarioOfSeed } from '../simulation/scenario/arbitrary.ts';
import { printScenario } from '../simulation/scenario/print.ts';
import { UsageError } from './exit.ts';
import type { SeedSummary } from './seed-run.ts';
import type { SwarmTotals } from './tally.ts';

export class OutFolder {
  readonly path: string;

  /** Makes the folder; by default one named after the moment, below `reports`. */
  constructor(path: string | undefined) {
    this.path = resolve(path ?? join('reports', new Date().toISOString().slice(0, 19).replaceAll(':', '-')));
    try {
      mkdirSync(this.path, { recursive: true });
    } catch (error) {
      throw new UsageError(`cannot write to ${this.path}: ${error instanceof Error ? error.message : error}. Name another folder with --out.`);
    }
    writeFileSync(join(this.path, 'runs.jsonl'), '');
  }

  run(summary: SeedSummary): void {
    appendFileSync(join(this.path, 'runs.jsonl'), `${JSON.stringify(summary)}\n`);
  }

  /** Writes the scenario of a run; answers the file. */
  scenario(summary: SeedSummary): string {
    const file = join(this.path, `${summary.verdict}-${summary.seed}.yaml`);
    const story = summary.findings
      .filter((finding) => finding.verdict === summary.verdict)
      .map((finding) => `${finding.anomaly} at ${finding.place}`)
      .join('; ');
    writeFileSync(file, printScenario({ ...scenarioOfSeed(summary.seed), description: `Seed ${summary.seed}: ${story}` }));
    return file;
  }

  totals(totals: SwarmTotals, coverage: ReadonlyMap<string, { readonly runs: number; readonly times: number }>): void {
    writeFileSync(join(this.path, 'summary.json'), `${JSON.stringify({ ...totals, coverage: Object.fromEntries(coverage) }, null, 2)}\n`);
  }
}
