/** How the program ends: exit codes, and the error that a user can mend. */

/** 0 clean, excused alone included; 1 findings; 2 usage; 3 nobody could judge: unknown verdict, harness error, an expectation that was not met. */
export const ExitCode = { clean: 0, findings: 1, usage: 2, unknown: 3 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Something is wrong with what the user asked for: the message says what and how to mend it. No stack trace is shown. */
export class UsageError extends Error {}

/** A finding beats unknown, unknown beats clean. */
export function worseExit(a: ExitCode, b: ExitCode): ExitCode {
  if (a === ExitCode.findings || b === ExitCode.findings) return ExitCode.findings;
  return a === ExitCode.clean ? b : a;
}
