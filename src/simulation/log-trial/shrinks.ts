/** The smaller scripts of a script: without many of its operations, without few, without one; and with plainer ones. */
import type { Smaller } from '../minimise.ts';
import { isWork, type LogOperation, type LogScript } from './operation.ts';

/** So many operations are left out at once, from there on. */
export interface ScriptProgress {
  readonly count: number;
  readonly from: number;
}

/** One round, which ends with all that lacks a single operation, or has a plainer one: nothing of a script that is left behind it can go. */
export function* smallerScripts(script: LogScript, from?: ScriptProgress): Generator<Smaller<LogScript, ScriptProgress>, void, void> {
  const { operations } = script;
  for (let count = Math.min(from?.count ?? operations.length, operations.length); count >= 1; count = Math.floor(count / 2)) {
    // The last ones first: what comes behind the finding goes at once. What was refuted before is not played again.
    const first = count === from?.count ? Math.min(from.from, operations.length - count) : operations.length - count;
    for (let at = first; at > -count; at -= count) yield but(script, operations.toSpliced(Math.max(at, 0), count), { count, from: at - count });
  }
  for (let at = operations.length - 1; at >= 0; at--) yield but(script, operations.toSpliced(at, 1), { count: 1, from: at - 1 });
  // What it took of time may be all that an operation was worth: the wait before it, or behind it, takes as long.
  for (let at = operations.length - 1; at >= 0; at--) {
    const isWait = ({ type }: LogOperation, index: number): boolean => type === 'wait' && index !== at;
    const before = operations.slice(0, at).findLastIndex(isWait);
    const near = before >= 0 ? before : operations.findIndex(isWait);
    const [wait, gone] = [operations[near], operations[at]];
    if (wait?.type !== 'wait' || gone === undefined) continue;
    const longer = operations.with(near, { ...wait, ms: wait.ms + msOf(gone) }).toSpliced(at, 1);
    yield but(script, longer, { count: 1, from: operations.length });
  }
  for (const [index, operation] of operations.entries())
    for (const plainer of plainerOf(operation)) yield but(script, operations.with(index, plainer), { count: 1, from: operations.length });
}

/** About how long one takes. */
const msOf = (operation: LogOperation): number => (operation.type === 'wait' ? operation.ms : isWork(operation) ? 20 : 120);

const but = (script: LogScript, operations: readonly LogOperation[], progress: ScriptProgress): Smaller<LogScript, ScriptProgress> => ({
  candidate: { ...script, operations },
  progress,
});

function plainerOf(operation: LogOperation): readonly LogOperation[] {
  if (isWork(operation) && operation.powerFailsAt !== undefined) {
    const { powerFailsAt, ...whole } = operation;
    return powerFailsAt === 0 ? [whole] : [whole, { ...operation, powerFailsAt: powerFailsAt - 1 }];
  }
  if (operation.type === 'append' && operation.keys.length > 1)
    return operation.keys.map((_key, index) => ({ ...operation, keys: operation.keys.toSpliced(index, 1) }));
  if (operation.type === 'append' && operation.transactional) return [{ ...operation, transactional: false }];
  return [];
}
