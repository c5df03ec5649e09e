/** `faultline scenario`: the stories that come with this program. */
import type { Command } from 'commander';
import type { ExitCode } from './exit.ts';
import { addPlayOptions, type PlayOptions, play } from './replay.ts';
import { findScenario, scenarioNames } from './scenario-files.ts';
import { table } from './table.ts';

export function addScenario(program: Command, end: (code: ExitCode) => void): void {
  const scenario = program.command('scenario').description('Fault stories that come with this program.');
  scenario
    .command('list')
    .description('Name them all.')
    .action(() => {
      const rows = scenarioNames().map((name) => [name, firstSentence(findScenario(name).description)]);
      process.stdout.write(`${table(rows)}\n`);
    });
  addPlayOptions(scenario.command('run').description('Play one and hold it against what it expects.').argument('<name>')).action(
    async (name: string, options: PlayOptions) => end(await play(name, options)),
  );
}

/** Up to the first full stop that ends a sentence; lines are joined. */
function firstSentence(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return /^.*?\.(?= |$)/.exec(line)?.[0] ?? line;
}
