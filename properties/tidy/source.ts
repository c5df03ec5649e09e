/**
 * Reads source files for the tidy checks: the syntax tree by the parser that vitest's bundler brings, and a walk over it.
 * A tree, not a text search, so that a word in a comment or a string never counts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { parseAst } from 'vite';

export interface Source {
  /** Relative to the repository, parts parted by `/`. */
  readonly path: string;
  readonly text: string;
}

/** One breach: where it stands and what to do instead. */
export interface Breach {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

export const show = (breach: Breach): string => `${breach.path}:${breach.line}: ${breach.problem}`;

/** A node of the tree (ESTree with TypeScript's additions). */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Visits every node, parents first. */
export function walk(node: Node, visit: (node: Node, parents: readonly Node[]) => void, parents: readonly Node[] = []): void {
  visit(node, parents);
  const below = [...parents, node];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const element of value) if (isNode(element)) walk(element, visit, below);
    } else if (isNode(value)) walk(value, visit, below);
  }
}

export function parse(source: Source): Node {
  const tree: unknown = parseAst(source.text, { lang: 'ts' }, source.path);
  if (!isNode(tree)) throw new Error(`${source.path}: no syntax tree`);
  return tree;
}

export function lineOf(text: string, at: number): number {
  let line = 1;
  for (let index = text.indexOf('\n'); index >= 0 && index < at; index = text.indexOf('\n', index + 1)) line++;
  return line;
}

/** All TypeScript files below a folder. */
export function sourcesBelow(root: string, folder: string): readonly Source[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({ path: `${folder}/${name.split(sep).join('/')}`, text: readFileSync(join(root, folder, name), 'utf8') }));
}
