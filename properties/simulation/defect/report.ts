/** The table of reports/defects.md: what it says of each defect, written and read back. The suite takes from it how many seeds a defect needs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Defect } from '../../../src/simulation/defect/defect.ts';

export const reportFile = fileURLToPath(new URL('../../../reports/defects.md', import.meta.url));

/** What one hunt found, as `faultline defects --json` tells it. */
export interface Hunt {
  readonly id: string;
  readonly found: boolean;
  readonly seeds: number;
  readonly cpuSeconds: number;
  readonly finding: string | null;
  readonly storyEvents: number | null;
}

/** One row for each defect. `hunts`: of every base, the first base's first; only those were made small. */
export function reportText(defects: readonly Defect[], hunts: readonly Hunt[], bases: readonly string[]): string {
  const rows = defects.map(({ id, decision, profile }) => {
    const mine = hunts.filter((hunt) => hunt.id === id);
    const [first] = mine;
    const found = mine.filter((hunt) => hunt.found).length;
    const seeds = mine.map((hunt) => (hunt.found ? hunt.seeds : Number.POSITIVE_INFINITY));
    const cpu = mine.map((hunt) => (hunt.found ? hunt.cpuSeconds : Number.POSITIVE_INFINITY));
    const finding = `${first?.finding ?? 'not found'}`;
    return [
      id,
      decision,
      profile,
      `${found} of ${mine.length}`,
      text(median(seeds)),
      seeds.map((count) => text(count)).join(', '),
      text(median(cpu), 1),
      finding,
      first?.storyEvents ?? '-',
    ];
  });
  const stories = hunts.flatMap(({ storyEvents }) => storyEvents ?? []);
  const medians = defects.map(({ id }) =>
    median(hunts.filter((hunt) => hunt.id === id).map((hunt) => (hunt.found ? hunt.seeds : Number.POSITIVE_INFINITY))),
  );
  return `# Known-bad decisions, and how soon they are found

Each row is a wrong decision of Kafka's history, put in the place of the right one. It is looked for among the scenarios that
\`faultline run --profile\` draws for that profile, whatever is looked for, until one has a finding: \`faultline defects --base\` with each of the
bases ${bases.map((base) => `\`${base}\``).join(', ')}. Seeds and CPU seconds are medians over these bases; a hunt that did not find it within its budget counts
as endless. Those of profile \`log\` are looked for among random scripts for a single log, which can do what no client of the cluster can do yet. Finding and story are those of base \`${bases[0]}\`: the story's entries are the faults and the operations of clients, or what was done to the log, that are left when it is as small as it gets.
Written by \`npm run report:defects\`.

Median of the medians: ${text(median(medians))} seeds. Median story: ${text(median(stories))} entries.

${[
  ['id', 'wrong decision', 'profile', 'found', 'seeds', 'by base', 'CPU seconds', 'finding', 'story entries'],
  Array.from({ length: 9 }, () => '---'),
  ...rows,
]
  .map((cells) => `| ${cells.join(' | ')} |`)
  .join('\n')}
`;
}

/** Where a defect was found soonest. */
export interface Measured {
  readonly base: string;
  readonly seeds: number;
}

/** By the defect's id; the bases are 1, 2 and so on. One that was not found from any base has no seeds. */
export function measuredSeeds(): ReadonlyMap<string, Measured> {
  const rows = [...readFileSync(reportFile, 'utf8').matchAll(/^\| (\S+) \| [^|]* \| [^|]* \| [^|]* \| [^|]* \| ([\d, none]+) \|/gm)];
  return new Map(
    rows.map(([, id = '', byBase = '']) => {
      const counts = byBase.split(', ').map((count) => (count === 'none' ? Number.POSITIVE_INFINITY : Number(count)));
      const least = Math.min(...counts);
      return [id, { base: String(counts.indexOf(least) + 1), seeds: Number.isFinite(least) ? least : 0 }];
    }),
  );
}

/** The middle one, the larger of two middle ones: what at least half of them stay within. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const text = (value: number, digits = 0): string => (Number.isFinite(value) ? value.toFixed(digits) : 'none');
