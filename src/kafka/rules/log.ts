/** Decisions of the log (the functions follow). */

export interface LogRules {
  readonly name: 'log';
}
