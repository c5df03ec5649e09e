/** The error that a process meets when it reaches for something that would be real. */

/** Nothing real happened: the call is named, and what to do instead. */
export class SandboxRefusal extends Error {
  override readonly name = 'SandboxRefusal';
  readonly code = 'ERR_FAULTLINE_SANDBOX';
}

export const refusal = (call: string, remedy: string): SandboxRefusal => new SandboxRefusal(`${call} is not available in the sandbox: ${remedy}`);

export function refuse(call: string, remedy: string): never {
  throw refusal(call, remedy);
}
