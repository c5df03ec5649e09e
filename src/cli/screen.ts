/**
 * Where a command says what it found. Owns what happens when standard output goes away in the middle, be it a reader that has seen enough,
 * be it a file on a disk that is full: what could not be written there, and all that comes after it, goes to standard error instead.
 */

export class Screen {
  #stream: NodeJS.WriteStream;
  #broken: string | undefined;

  /** `to`: where lines go first. */
  constructor(to: 'stdout' | 'stderr') {
    this.#stream = process[to];
  }

  /** Standard output lost something for another reason than that its reader went away. */
  get failed(): boolean {
    return this.#broken !== undefined && this.#broken !== 'EPIPE';
  }

  say(text: string): void {
    this.#write(this.#stream, `${text}\n`);
  }

  /** One line for programs, always on standard output. */
  answer(text: string): void {
    this.#write(this.#broken === undefined ? process.stdout : process.stderr, `${text}\n`);
  }

  /** Answers when all that was said is written, or cannot be. */
  settled(): Promise<void> {
    return new Promise((resolve) => process.stdout.write('', () => process.stderr.write('', () => resolve())));
  }

  #write(stream: NodeJS.WriteStream, text: string): void {
    stream.write(text, (error: (Error & { code?: string }) | null | undefined) => {
      if (error === null || error === undefined || stream === process.stderr) return;
      this.#stream = process.stderr;
      if (this.#broken === undefined) {
        this.#broken = error.code ?? error.message;
        process.stderr.write(`faultline: cannot write to standard output (${this.#broken}); it goes on here.\n`);
      }
      process.stderr.write(text);
    });
  }
}
