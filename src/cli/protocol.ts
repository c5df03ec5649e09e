/** `faultline protocol`: what the listeners of brokers and controllers speak. */
import type { Command } from 'commander';
import { type Api, advertised } from '../protocol/apis.ts';
import { describe } from '../protocol/schema/describe.ts';
import { rangeText, type VersionRange } from '../protocol/schema/versions.ts';
import { servedApis } from '../server/served-apis.ts';
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

/** The versions served on either listener. */
function versionsOf(api: Api): VersionRange {
  const range = api.broker ?? api.controller;
  return range === undefined ? { min: 0, max: 0 } : range;
}

const apiJson = (api: Api): object => ({
  apiKey: api.key,
  name: api.name,
  versions: rangeText(versionsOf(api)),
  request: describe(api.request),
  response: describe(api.response),
});

function apiTable(): string {
  const rows = servedApis().map((api): [number, string, string, string] => {
    const range = versionsOf(api);
    const told = advertised(api, range);
    const note = told.min === range.min ? '' : `, advertised ${rangeText(told)}`;
    const where = [api.broker === undefined ? '' : 'broker', api.controller === undefined ? '' : 'controller']
      .filter((name) => name !== '')
      .join(', ');
    return [api.key, api.name, rangeText(range) + note, where];
  });
  return table([['key', 'name', 'versions', 'listener'], ...rows]);
}
