#!/usr/bin/env node
/** The program: takes the command line apart, hands it to a command, turns errors into exit codes. */
import { Command, CommanderError } from 'commander';
import { addDefects } from './defects.ts';
import { addDump } from './dump.ts';
import { ExitCode, UsageError } from './exit.ts';
import { addLog } from './log.ts';
import { version } from './program.ts';
import { addProtocol } from './protocol.ts';
import { addReplay } from './replay.ts';
import { addRun } from './run.ts';
import { addScenario } from './scenario.ts';
import { addServe } from './serve.ts';
import { addShrink } from './shrink.ts';

const program = new Command('faultline');
const end = (code: ExitCode): void => {
  process.exitCode = code;
};

program
  .description('A Kafka-protocol broker cluster in a simulated world: one seed is one history.')
  .version(version)
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride();
for (const add of [addRun, addReplay, addShrink, addDefects, addScenario, addDump, addLog, addProtocol, addServe]) add(program, end);
for (const command of program.commands.flatMap((each) => [each, ...each.commands]))
  command.exitOverride().showHelpAfterError('(add --help for what there is)');

// A reader that went away (`| head`) is no error of ours; what is left to say is said to nobody.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exitCode = ExitCode.unknown;
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? ExitCode.clean : ExitCode.usage;
  else if (error instanceof UsageError) {
    process.stderr.write(`faultline: ${error.message}\n`);
    process.exitCode = ExitCode.usage;
  } else {
    process.stderr.write(`faultline: ${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = ExitCode.unknown;
  }
}
