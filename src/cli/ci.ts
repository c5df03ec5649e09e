/** What a swarm leaves for the machine that runs it: a JUnit file where one is asked for, annotations and a summary in GitHub Actions. */
import { accessSync, appendFileSync, constants, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { FoundEntry } from '../report/finding-book.ts';
import { annotation, annotationsShown, stepSummary } from '../report/github.ts';
import { junit } from '../report/junit.ts';
import { makeFolder } from '../server/make-folder.ts';
import { UsageError } from './exit.ts';

/** What there is to tell at the end. */
export interface CiReport {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly wallSeconds: number;
  readonly entries: readonly FoundEntry[];
  /** Findings that are not among the entries. */
  readonly beyond: number;
  readonly incomplete: readonly string[];
}

export class Ci {
  readonly #junit: string | undefined;
  readonly #inActions = process.env['GITHUB_ACTIONS'] === 'true';
  readonly #say: (text: string) => void;
  readonly #startedAt = new Date().toISOString();
  #annotations = 0;

  /** `file`: where JUnit XML goes. A usage error when nothing can be written there: better now than after hours. */
  constructor(file: string | undefined, say: (text: string) => void) {
    this.#say = say;
    this.#junit = file === undefined ? undefined : resolve(file);
    if (this.#junit === undefined) return;
    try {
      makeFolder(dirname(this.#junit));
      accessSync(dirname(this.#junit), constants.W_OK);
    } catch (error) {
      throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : error}. Name another file with --junit.`);
    }
  }

  /** Tells what was not found before, as it is found. */
  found(entries: readonly FoundEntry[]): void {
    if (!this.#inActions) return;
    for (const entry of entries) if (this.#annotations++ < annotationsShown) this.#say(annotation(entry));
  }

  /** Writes the files; answers what could not be written. */
  end({ title, facts, ...rest }: CiReport): readonly string[] {
    const problems: string[] = [];
    const attempt = (what: string, write: () => void): void => {
      try {
        write();
      } catch (error) {
        problems.push(`cannot write ${what}: ${error instanceof Error ? error.message : error}`);
      }
    };
    const file = this.#junit;
    if (file !== undefined) attempt(file, () => writeFileSync(file, junit({ ...rest, properties: facts, startedAt: this.#startedAt })));
    const summary = process.env['GITHUB_STEP_SUMMARY'];
    if (this.#inActions && summary !== undefined && summary !== '')
      attempt('the step summary', () => appendFileSync(summary, stepSummary({ ...rest, title, totals: facts })));
    return problems;
  }
}
