/** Writes reports/defects.md: hunts every defect with several bases, by the built program. `npm run report:defects [-- --bases 3 --budget 60]`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { defects } from '../../../src/simulation/defect/defects.ts';
import { type Hunt, reportFile, reportText } from './report.ts';

const { values } = parseArgs({ options: { bases: { type: 'string', default: '5' }, budget: { type: 'string', default: '60' } } });
const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const bases = Array.from({ length: Number(values.bases) }, (_, index) => String(index + 1));

const hunts = bases.flatMap((base, index): readonly Hunt[] => {
  // One story of each is enough.
  const words = ['--base', base, '--budget', values.budget, '--json', ...(index === 0 ? [] : ['--no-shrink'])];
  const { stdout, status } = spawnSync(process.execPath, [main, 'defects', ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0 && status !== 1) process.exit(1);
  const told: { readonly defects: readonly Hunt[] } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  return told.defects;
});
writeFileSync(reportFile, reportText(defects, hunts, bases));
process.stdout.write(`Written: ${reportFile}\n`);
