/** `faultline protocol`: what the listeners of brokers and controllers speak. */
import type { Command } from 'commander';
import { advertised } from '../protocol/apis.ts';
import { describe } from '../protocol/schema/describe.ts';
import { rangeText, type VersionRange } from '../protocol/schema/versions.ts';
import { type ServedApi, servedApis } from '../server/served-apis.ts';
import type { ExitCode } from './exit.ts';
import { table } from './table.ts';

export function addProtocol(program: Command, _end: (code: ExitCode) => void): void {
  program
    .command('protocol')
    .description("Print the APIs that brokers and controllers serve, and with --json their messages in Kafka's own form.")
    .option('--json', 'print them as JSON')
    .action((options: { readonly json?: true }) => {
      process.stdout.write(`${options.json === true ? JSON.stringify({ apis: servedApis().map(apiJson) }) : apiTable()}\n`);
    });
}

/** The versions served on the listener, or on both. */
function versionsOf({ api, onBroker }: ServedApi): VersionRange {
  return (onBroker ? api.broker : api.controller) ?? { min: 0, max: 0 };
}

const apiJson = (served: ServedApi): object => ({
  apiKey: served.api.key,
  name: served.api.name,
  versions: rangeText(versionsOf(served)),
  request: describe(served.api.request),
  response: describe(served.api.response),
});

function apiTable(): string {
  const rows = servedApis().map((served): [number, string, string, string] => {
    const range = versionsOf(served);
    const told = advertised(served.api, range);
    const note = told.min === range.min ? '' : `, advertised ${rangeText(told)}`;
    const where = [served.onBroker ? 'broker' : '', served.onController ? 'controller' : ''].filter((name) => name !== '').join(', ');
    return [served.api.key, served.api.name, rangeText(range) + note, where];
  });
  return table([['key', 'name', 'versions', 'listener'], ...rows]);
}
