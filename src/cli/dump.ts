/** `faultline dump`: what lies on one simulated node's disk at one moment, as real files. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { SimulatedCluster } from '../simulation/cluster/cluster.ts';
import { type Defect, rulesOf } from '../simulation/defect/defect.ts';
import { nodeNames } from '../simulation/run/node-names.ts';
import { simulate } from '../simulation/run/simulate.ts';
import { ExitCode, UsageError } from './exit.ts';
import { knownDefect, virtualSeconds } from './options.ts';
import { chosenNode } from './replay-trace.ts';
import { findScenario } from './scenario-files.ts';

interface DumpOptions {
  readonly node: string;
  readonly at: number;
  readonly out: string;
  readonly defect?: Defect;
}

export function addDump(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('dump')
    .description('Write what lies on the disk of one node of a scenario at one moment as files; also of a node that is down.')
    .argument('<file, name or token>', 'the scenario')
    .requiredOption('--node <node>', 'the id of a broker, or a name')
    .requiredOption('--at <seconds>', 'the moment, in virtual seconds since the world began; the end of the run, if that comes first', virtualSeconds)
    .requiredOption('--out <folder>', 'where to write; must be empty or not there yet')
    .option('--defect <id>', 'play it by this known-bad decision, one of those that `defects --list` names', knownDefect)
    .action((which: string, options: DumpOptions) => end(dump(which, options)));
}

function dump(which: string, { node, at, out, defect }: DumpOptions): ExitCode {
  const scenario = findScenario(which);
  if ((scenario.workload.sandbox ?? []).length > 0) throw new UsageError('a scenario with npm clients cannot be dumped yet; take one without.');
  const names = nodeNames(scenario);
  const name = chosenNode(names, node);
  const nodeId = [...names].find(([, each]) => each === name)?.[0];
  refuseUsed(out);
  let files: ReadonlyMap<string, Uint8Array> | undefined;
  let up = false;
  const { virtualUs } = simulate(scenario, {
    ...(defect && rulesOf(defect)),
    untilUs: Math.round(at * 1e6),
    atEnd: (cluster) => {
      up = cluster.isUp(name);
      files = nodeId === undefined || cluster.roleOf(name) === 'client' ? undefined : contentsOf(cluster.disksOf(nodeId));
    },
  });
  if (files === undefined) throw new UsageError(`${name} has no disk: it is a client. Name a broker or the controller.`);
  let bytes = 0;
  for (const [path, content] of files) {
    write(join(out, path), content);
    bytes += content.length;
  }
  const state = up ? 'running' : 'down';
  process.stdout.write(`${name} at ${(virtualUs / 1e6).toFixed(3)} s (${state}): ${files.size} files, ${bytes} bytes in ${out}\n`);
  return ExitCode.clean;
}

/** One log directory lies in the folder itself, several in folders of their names. */
function contentsOf(disks: ReturnType<SimulatedCluster['disksOf']>): ReadonlyMap<string, Uint8Array> {
  const [only] = disks.values();
  if (disks.size === 1 && only !== undefined) return only.allContents();
  return new Map([...disks].flatMap(([name, disk]) => [...disk.allContents()].map(([path, content]) => [`${name}/${path}`, content] as const)));
}

function refuseUsed(out: string): void {
  if (existsSync(out) && readdirSync(out).length > 0) throw new UsageError(`${out} is not empty. Name a new folder with --out.`);
}

function write(file: string, content: Uint8Array): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : error}. Choose another folder with --out.`);
  }
}
