/** The one command that plays a scenario file again, as it can be pasted where this program was started. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

export function replayCommand(file: string): string {
  const path = relative(process.cwd(), file) || file;
  const quoted = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  return `${inClone() ? 'npm run -s faultline --' : 'npx faultline'} replay ${quoted}`;
}

/** The current folder is this project itself, not one that installed it. */
function inClone(): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
    return typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === 'faultline';
  } catch {
    return false;
  }
}
