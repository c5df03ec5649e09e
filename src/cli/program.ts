/** Which program this is: its version, and a digest of its code, so that figures of two programs are never added up as if they were one's. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Two folders up from src/cli and from dist/cli alike. */
const manifest: { readonly version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

export const version = manifest.version;

/** `0.1.0 (code 0123456789ab)`: the same wherever the same sources were built, another one after any change to them. */
export function programName(): string {
  const here = fileURLToPath(import.meta.url);
  const root = fileURLToPath(new URL('..', import.meta.url));
  // Benchmarks are built into a folder of their own, beside the program.
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => extname(name) === extname(here) && !name.startsWith(`bench${sep}`),
  );
  const hash = createHash('sha256');
  for (const name of files.sort())
    hash
      .update(`${name.split(sep).join('/')}\0`)
      .update(readFileSync(join(root, name)))
      .update('\0');
  return `${version} (code ${hash.digest('hex').slice(0, 12)})`;
}
