/** A list of checks run one after the other, each ok, failed or skipped with its reason; the exit code is 1 when one failed. */

export class Checklist {
  readonly #failed: string[] = [];
  readonly #skipped: string[] = [];

  async check(title: string, run: () => Promise<void> | void): Promise<void> {
    try {
      await run();
      console.log(`ok       ${title}`);
    } catch (error) {
      this.#failed.push(title);
      console.log(`FAILED   ${title}\n         ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  skip(title: string, reason: string): void {
    this.#skipped.push(title);
    console.log(`SKIPPED  ${title}: ${reason}`);
  }

  /** Prints the summary and sets the process's exit code. */
  end(): void {
    console.log(`${this.#failed.length} failed, ${this.#skipped.length} skipped`);
    process.exitCode = this.#failed.length === 0 ? 0 : 1;
  }
}

export function expectEqual<T>(actual: T, expected: T, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: expected ${clip(right)}, got ${clip(left)}`);
}

const clip = (text: string): string => (text.length > 400 ? `${text.slice(0, 400)}... (${text.length} characters)` : text);
