/**
 * Keeps two servers from writing into one folder. Owns a file that names the process that has the folder (Kafka locks a file `.lock`, which
 * Node cannot); one that a dead process left behind counts for nothing.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failed, ok, type Result } from '../model/result.ts';

const fileName = '.lock';

/** Takes the folder; answers how to give it back, or who has it. */
export function lockFolder(folder: string): Result<() => void, string> {
  const file = join(folder, fileName);
  const holder = holderOf(file);
  if (holder !== undefined)
    return failed(
      `another server, process ${holder}, keeps its data in ${folder}. Stop it, or choose another folder with --data-dir; if that process is something else, remove ${file}.`,
    );
  writeFileSync(file, `${process.pid}\n`);
  return ok(() => rmSync(file, { force: true }));
}

/** The running process that a lock file names. This very process may take its own lock again: it starts servers one after the other. */
function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // No file, or nobody with that number; a process of somebody else answers EPERM.
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? Number(readFileSync(file, 'utf8')) : undefined;
  }
}
