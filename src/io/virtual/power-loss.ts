/**
 * The signal by which a disk call ends a program: the machine lost power inside that call.
 * Thrown by the virtual disk and by `observe` when the observer crashed the node; caught only where a host dispatches into a program.
 */

export class PowerLoss extends Error {
  constructor(where: string) {
    super(`the host lost power at ${where}`);
    this.name = 'PowerLoss';
  }
}
