/** Makes folders. Not by `recursive` of node:fs, which never comes back where a file system denies that its own folder is there (/proc). */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a folder and those above it that are missing; throws the system's error when it cannot. */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = path; statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at; at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) mkdirSync(folder);
  if (missing.length === 0 && !statSync(path).isDirectory()) throw new Error(`${path} is a file, not a folder`);
}
