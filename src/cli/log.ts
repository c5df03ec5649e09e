/** `faultline log`: prints the files of a log, of a dump or of Apache Kafka, as Kafka's own tool does. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { logTextOf } from '../report/log-text.ts';
import { ExitCode, UsageError } from './exit.ts';

const readable = '.log, .index, .timeindex, .txnindex and .snapshot, named by their offset in 20 digits';

export function addLog(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('log')
    .description(`Print the batches and index entries in files of a log: ${readable}.`)
    .argument('<file...>')
    .option('--records', 'also the records of each batch, with their keys and values')
    .addHelpText(
      'after',
      '\nExit codes: 0 when all files were read, 1 when one of them is damaged (where is printed), 2 when one is no file of a log.',
    )
    .action((files: readonly string[], options: { readonly records?: true }) => end(print(files, options.records === true)));
}

function print(files: readonly string[], records: boolean): ExitCode {
  // All names are looked at before anything is printed.
  const readers = files.map((file) => {
    const reader = logTextOf(basename(file), { records });
    if (reader === undefined) throw new UsageError(`${file} is no file of a log by its name. This reads ${readable}.`);
    return { file, reader, bytes: contentOf(file) };
  });
  let code: ExitCode = ExitCode.clean;
  for (const { file, reader, bytes } of readers) {
    const { lines, damaged } = reader(bytes);
    process.stdout.write(`Dumping ${file}\n${lines.map((line) => `${line}\n`).join('')}`);
    if (damaged) code = ExitCode.findings;
  }
  return code;
}

function contentOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
}
