/** Who may import whom. The table is the map of the source: read it top down, nothing points back up. */
import { posix } from 'node:path';
import { type Breach, isNode, lineOf, type Node, parse, type Source, walk } from './source.ts';

interface Layer {
  /** Folder or file, relative to src. The longest that fits a file is its layer. */
  readonly at: string;
  readonly imports: readonly string[];
  /** Packages of the registry. */
  readonly packages?: readonly string[];
}

const ground = ['model', 'protocol', 'io'];
const everywhereInKafka = ['kafka/rules', 'kafka/config', 'kafka/metadata', 'kafka/rpc'];
const belowSimulation = [...ground, 'kafka', 'io/virtual'];

export const layers: readonly Layer[] = [
  { at: 'model', imports: [] },
  { at: 'protocol', imports: ['model'] },
  { at: 'protocol/schema', imports: ['model'] },
  { at: 'protocol/messages', imports: ['model', 'protocol/schema'] },
  { at: 'io', imports: ['model'] },
  { at: 'io/virtual', imports: ['model', 'io'], packages: [] },
  { at: 'io/real', imports: ['model', 'io'], packages: ['memfs'] },

  { at: 'kafka/rules', imports: ['model', 'protocol'] },
  { at: 'kafka/rpc', imports: ground },
  { at: 'kafka/config', imports: ['model', 'protocol', 'kafka/rules'] },
  { at: 'kafka/metadata', imports: [...ground, ...everywhereInKafka] },
  { at: 'kafka/log', imports: [...ground, ...everywhereInKafka] },
  { at: 'kafka/replication', imports: [...ground, ...everywhereInKafka, 'kafka/log'] },
  { at: 'kafka/raft', imports: [...ground, ...everywhereInKafka, 'kafka/log'] },
  { at: 'kafka/controller', imports: [...ground, ...everywhereInKafka, 'kafka/log', 'kafka/raft'] },
  { at: 'kafka/coordinator', imports: [...ground, ...everywhereInKafka, 'kafka/log', 'kafka/replication'] },
  {
    at: 'kafka/broker',
    imports: [...ground, ...everywhereInKafka, 'kafka/log', 'kafka/replication', 'kafka/raft', 'kafka/controller', 'kafka/coordinator'],
  },
  { at: 'kafka/client', imports: [...ground, 'kafka/rpc'] },

  { at: 'simulation/history', imports: belowSimulation },
  { at: 'simulation/profile-name', imports: [] },
  { at: 'simulation/minimise', imports: [] },
  { at: 'simulation/defect', imports: [...belowSimulation, 'simulation/profile-name'] },
  { at: 'simulation/cluster', imports: [...belowSimulation, 'simulation/history'] },
  { at: 'simulation/crash-state', imports: [...belowSimulation, 'simulation/checker/state'] },
  {
    at: 'simulation/log-trial',
    imports: [
      ...belowSimulation,
      'simulation/minimise',
      'simulation/checker',
      'simulation/checker/state',
      'simulation/crash-state',
      'simulation/scenario',
    ],
    packages: ['fast-check', 'yaml'],
  },
  { at: 'simulation/nemesis', imports: [...belowSimulation, 'simulation/history'] },
  { at: 'simulation/workload', imports: [...belowSimulation, 'simulation/history', 'simulation/cluster'] },
  { at: 'simulation/checker', imports: [...belowSimulation, 'simulation/history', 'simulation/checker/state'] },
  { at: 'simulation/checker/state', imports: [...belowSimulation, 'simulation/history', 'simulation/checker', 'simulation/cluster'] },
  {
    at: 'simulation/scenario',
    imports: [...belowSimulation, 'simulation/profile-name', 'simulation/history', 'simulation/cluster', 'simulation/nemesis', 'simulation/workload'],
    packages: ['fast-check', 'pure-rand', 'seedrandom', 'yaml', 'zod'],
  },
  { at: 'simulation/run', imports: [...belowSimulation, 'simulation'] },

  // Only kafkajs's types: a process loads the package itself, from where the user installed it.
  { at: 'sandbox', imports: [...ground, 'kafka', 'simulation', 'io/virtual'], packages: ['kafkajs'] },
  { at: 'report', imports: [...ground, 'kafka', 'simulation'] },
  { at: 'server', imports: [...ground, 'kafka', 'simulation', 'io/real'] },
  { at: 'vitest', imports: [...ground, 'kafka', 'simulation', 'sandbox', 'report', 'server'], packages: ['vitest'] },
  {
    at: 'cli',
    imports: [...ground, 'kafka', 'simulation', 'sandbox', 'report', 'server', 'io/real'],
    packages: ['cli-progress', 'commander'],
  },
  { at: 'index.ts', imports: [...ground, 'kafka', 'simulation', 'sandbox', 'report', 'server', 'vitest'] },
];

/** Platform modules and packages that the core needs as pure synchronous functions: one named file each. */
export const platformFiles: ReadonlyMap<string, readonly string[]> = new Map([
  ['src/protocol/records/compression/gzip.ts', ['node:zlib', 'fflate']],
  ['src/protocol/records/compression/zstd.ts', ['node:fs', 'node:module', 'node:path']],
  ['src/protocol/records/crc32c-native.ts', ['node:module', '@node-rs/crc32']],
]);

export const core = ['model', 'protocol', 'io', 'io/virtual', 'kafka', 'simulation'];

const within = (path: string, folder: string): boolean => path === folder || path === `${folder}.ts` || path.startsWith(`${folder}/`);

/** Is this file (relative to the repository) part of the synchronous core? */
export function isCore(path: string): boolean {
  const inside = path.slice('src/'.length);
  return path.startsWith('src/') && core.some((folder) => within(inside, folder)) && !within(inside, 'io/real');
}

function layerOf(inside: string): Layer | undefined {
  let found: Layer | undefined;
  for (const layer of layers) if (within(inside, layer.at) && (found === undefined || layer.at.length > found.at.length)) found = layer;
  return found;
}

/** `io` in a list means the interfaces only: the two worlds are named on their own. */
function allows(layer: Layer, target: string): boolean {
  if (within(target, layer.at)) {
    const own = layerOf(target);
    return own === layer || own === undefined || layer.imports.some((folder) => within(target, folder)) || layer.at === 'protocol';
  }
  const world = ['io/virtual', 'io/real'].find((folder) => within(target, folder));
  if (world !== undefined) return layer.imports.includes(world);
  return layer.imports.some((folder) => within(target, folder));
}

const importTypes = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType'];

function importsOf(tree: Node): readonly { readonly name: string; readonly at: number }[] {
  const found: { name: string; at: number }[] = [];
  walk(tree, (node) => {
    if (!importTypes.includes(node.type)) return;
    const source = isNode(node['source']) ? node['source'] : undefined;
    if (typeof source?.['value'] === 'string') found.push({ name: source['value'], at: node.start });
  });
  return found;
}

function importProblem(path: string, layer: Layer, name: string): string | undefined {
  if (name.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(path.slice('src/'.length)), name));
    if (target.startsWith('..')) return `imports ${name} from outside src; move what it needs into src`;
    if (!name.endsWith('.ts') && !name.endsWith('.json')) return `imports ${name} without its extension; write .ts`;
    if (allows(layer, target)) return undefined;
    const may = layer.imports.length === 0 ? 'nothing' : layer.imports.join(', ');
    return `${layer.at} must not import ${target}; it may import ${may}. Pass it in as an argument, or move what both need to a lower layer`;
  }
  if (platformFiles.get(path)?.includes(name)) return undefined;
  if (name.startsWith('node:')) {
    if (!isCore(path)) return undefined;
    return `the core must not import ${name}; take it from the World (src/io), or name this one file in platformFiles when it is a pure synchronous function`;
  }
  const bare = name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? name);
  if (layer.packages?.includes(bare)) return undefined;
  return `${layer.at} must not import the package ${bare}; add it to its layer in properties/tidy/layers.ts if it is a deliberate choice`;
}

/** Imports that go against the diagram. */
export function layerBreaches(source: Source): readonly Breach[] {
  const layer = layerOf(source.path.slice('src/'.length));
  if (layer === undefined) return [{ path: source.path, line: 1, problem: 'lies in no layer; move it into a folder of properties/tidy/layers.ts' }];
  const breaches: Breach[] = [];
  for (const { name, at } of importsOf(parse(source))) {
    const problem = importProblem(source.path, layer, name);
    if (problem !== undefined) breaches.push({ path: source.path, line: lineOf(source.text, at), problem });
  }
  return breaches;
}
