/** Ctrl-C and SIGTERM, for a command that ends in order: the first signal asks it to, the second ends the process at once. */

const signals = ['SIGINT', 'SIGTERM'] as const;

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #hear = (signal: NodeJS.Signals): void => {
    this.by = signal;
    this.end();
    this.#controller.abort();
  };
  /** The signal that came, if one did. */
  by: NodeJS.Signals | undefined;

  constructor() {
    for (const signal of signals) process.on(signal, this.#hear);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals do again what they always do. */
  end(): void {
    for (const signal of signals) process.off(signal, this.#hear);
  }
}
