/** Words that source must not contain, what to write instead, and how large files and functions may grow. */
import { isCore } from './layers.ts';
import { type Breach, isNode, lineOf, type Node, parse, type Source, walk } from './source.ts';

export const limits = { fileLines: 600, functionLines: 70 };

/** Globals that the core must not read, with the replacement. */
export const bannedGlobals: ReadonlyMap<string, string> = new Map([
  ['Promise', 'take a callback: the core is synchronous'],
  ['queueMicrotask', 'take a callback: the core is synchronous'],
  ['Date', 'use world.clock.wallMs()'],
  ['performance', 'use world.clock.monotonicMs()'],
  ['setTimeout', 'use world.clock.after(name, delayMs, fire)'],
  ['setInterval', 'use world.clock.after(name, delayMs, fire)'],
  ['setImmediate', 'use world.on(lane, step)'],
  ['clearTimeout', 'use Timer.cancel()'],
  ['clearInterval', 'use Timer.cancel()'],
  ['process', 'pass what is needed as an argument; cli owns the process'],
  ['Buffer', 'use Uint8Array and DataView'],
  ['crypto', 'use world.random.uint32(name)'],
  ['Intl', 'locales differ between machines; compare by code unit'],
  ['WeakRef', 'its timing is the garbage collector’s; own the object instead'],
  ['FinalizationRegistry', 'its timing is the garbage collector’s; close explicitly'],
  ['globalThis', 'name what is needed and pass it in'],
  ['require', 'use a static import'],
  ['eval', 'write the code out; only the codec compiler makes functions from text'],
  ['console', 'report through world.observe() or a result; cli prints'],
]);

/** Members that the core must not use. `*` stands for any object. */
export const bannedMembers: ReadonlyMap<string, string> = new Map([
  ['Math.random', 'use world.random.uint32(name)'],
  ['Math.pow', 'V8 versions differ in it; multiply, or shift'],
  ...[
    'exp',
    'expm1',
    'log',
    'log2',
    'log10',
    'log1p',
    'sin',
    'cos',
    'tan',
    'sinh',
    'cosh',
    'tanh',
    'asin',
    'acos',
    'atan',
    'atan2',
    'cbrt',
    'hypot',
  ].map((name): readonly [string, string] => [`Math.${name}`, 'engines may differ in the last bit; use integer arithmetic or a table']),
  ['*.localeCompare', 'locales differ between machines; compare with < and >'],
  ['*.toLocaleString', 'locales differ between machines; use String(value)'],
  ['*.toLocaleUpperCase', 'use toUpperCase()'],
  ['*.toLocaleLowerCase', 'use toLowerCase()'],
  ['Object.keys', 'keep runtime data in a Map or an array; the order of object keys is no order'],
  ['Object.values', 'keep runtime data in a Map or an array; the order of object keys is no order'],
  ['Object.entries', 'keep runtime data in a Map or an array; the order of object keys is no order'],
  ['Reflect.ownKeys', 'keep runtime data in a Map or an array; the order of object keys is no order'],
]);

/** Files that may walk the keys of an object literal of this source (never of runtime data), each with its reason. */
export const literalKeyFiles: ReadonlyMap<string, string> = new Map([
  ['src/model/error-code.ts', 'names of the codes in the table above it'],
  ['src/kafka/client/config.ts', 'the knobs in the tables above it'],
]);

function memberName(node: Node): { readonly object: string; readonly member: string } | undefined {
  if (node.type !== 'MemberExpression' || !isNode(node['property'])) return undefined;
  const property = node['property'];
  const member = property.type === 'Identifier' && node['computed'] !== true ? property['name'] : property['value'];
  const object = isNode(node['object']) && node['object'].type === 'Identifier' ? node['object']['name'] : '';
  return typeof member === 'string' ? { object: String(object), member } : undefined;
}

/** Names that the file binds itself, as variables or parameters: they hide the global of that name. */
function boundNames(tree: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const bind = (pattern: unknown): void => {
    if (Array.isArray(pattern)) for (const each of pattern) bind(each);
    if (!isNode(pattern)) return;
    if (pattern.type === 'Identifier') names.add(String(pattern['name']));
    for (const part of ['elements', 'properties', 'value', 'left', 'argument', 'params', 'id']) bind(pattern[part]);
  };
  walk(tree, (node) => {
    if (node.type === 'VariableDeclarator') bind(node['id']);
    if ('params' in node && Array.isArray(node['params']) && !node.type.startsWith('TSType')) bind(node['params']);
  });
  return names;
}

/** An identifier that is read as a variable: not a property's name, a label of an object, a parameter of a type, an import. */
function isReference(node: Node, parents: readonly Node[]): boolean {
  const parent = parents.at(-1);
  if (parent === undefined) return false;
  if (parent.type === 'MemberExpression') return parent['object'] === node || parent['computed'] === true;
  if (['Property', 'MethodDefinition', 'PropertyDefinition', 'AccessorProperty'].includes(parent.type))
    return parent['key'] !== node || parent['computed'] === true || parent['shorthand'] === true;
  if (['TSPropertySignature', 'TSMethodSignature', 'ImportSpecifier', 'ExportSpecifier', 'TSEnumMember', 'TSQualifiedName'].includes(parent.type))
    return false;
  return true;
}

function coreProblem(node: Node, parents: readonly Node[], path: string, bound: ReadonlySet<string>): string | undefined {
  if (node.type === 'AwaitExpression' || (node['async'] === true && node.type !== 'TSModuleDeclaration'))
    return 'the core is synchronous: no async, no await; take a callback';
  if (node.type === 'ForOfStatement' && node['await'] === true) return 'the core is synchronous: no for await; take a callback';
  if (node.type === 'ImportExpression') return 'the core is synchronous: no import(); use a static import';
  if ((node.type === 'BinaryExpression' && node['operator'] === '**') || (node.type === 'AssignmentExpression' && node['operator'] === '**='))
    return 'V8 versions differ in **; multiply, or shift';
  if (node.type === 'ForInStatement' && !literalKeyFiles.has(path)) return 'no for-in; keep runtime data in a Map or an array';
  if (node.type === 'Identifier' && isReference(node, parents) && !bound.has(String(node['name']))) {
    const instead = bannedGlobals.get(String(node['name']));
    if (instead !== undefined) return `the core must not use ${String(node['name'])}; ${instead}`;
  }
  const name = memberName(node);
  if (name === undefined) return undefined;
  const member = `${name.object}.${name.member}`;
  if ((name.object === 'Object' || name.object === 'Reflect') && literalKeyFiles.has(path)) return undefined;
  const instead = bannedMembers.get(member) ?? bannedMembers.get(`*.${name.member}`);
  return instead === undefined ? undefined : `the core must not use ${name.member}; ${instead}`;
}

function typeProblem(node: Node): string | undefined {
  if (node.type === 'TSNonNullExpression') return 'no `!`; narrow with a check or invariant()';
  if (node.type !== 'TSAsExpression' || !isNode(node['expression'])) return undefined;
  const inner = node['expression'];
  if (inner.type === 'TSAsExpression' && isNode(inner['typeAnnotation']) && inner['typeAnnotation'].type === 'TSUnknownKeyword')
    return 'no `as unknown as`; give the value its type where it is made';
  return undefined;
}

const functionTypes = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

/** Bans of a file of src: what no source may hold, and what the core may not. */
export function banBreaches(source: Source): readonly Breach[] {
  const breaches: Breach[] = [];
  const lines = source.text.split('\n');
  const breach = (line: number, problem: string): void => void breaches.push({ path: source.path, line, problem });
  const inCore = isCore(source.path);
  const tree = parse(source);
  const bound = boundNames(tree);
  walk(tree, (node, parents) => {
    const line = (): number => lineOf(source.text, node.start);
    const problem = typeProblem(node) ?? (inCore ? coreProblem(node, parents, source.path, bound) : undefined);
    if (problem !== undefined) breach(line(), problem);
    if (node.type === 'TSAnyKeyword' && !excused(lines, line(), 'noExplicitAny'))
      breach(line(), 'no `any`; use unknown and narrow it, or a type parameter');
    if (functionTypes.includes(node.type)) {
      const length = lineOf(source.text, node.end) - line() + 1;
      if (length > limits.functionLines) breach(line(), `a function of ${length} lines; split it: the limit is ${limits.functionLines}`);
    }
  });
  for (const [index, text] of lines.entries())
    if (/@ts-(ignore|expect-error|nocheck)/.test(text)) breach(index + 1, 'no ts-ignore, ts-expect-error or ts-nocheck; fix the type');
  if (lines.length - 1 > limits.fileLines)
    breach(limits.fileLines + 1, `a file of ${lines.length - 1} lines; split it: the limit is ${limits.fileLines}`);
  return breaches;
}

/** The linter's own suppression with a reason, on the line above, is the one way to keep an `any`. */
const excused = (lines: readonly string[], line: number, rule: string): boolean =>
  new RegExp(`biome-ignore lint/suspicious/${rule}: \\S`).test(lines[line - 2] ?? '');

/** A file opens by saying what it owns. */
export function headerBreaches(source: Source): readonly Breach[] {
  const text = source.text.replace(/^#!.*\n/, '');
  if (text.startsWith('/**')) return [];
  return [{ path: source.path, line: 1, problem: 'a file opens with a /** comment */ that says what it owns, what not, and why' }];
}
