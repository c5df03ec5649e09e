/** Finds where a rule is written: the file and the line to look at first. Owns the search in the sources; a package without them is told by folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Two folders up from src/report and from dist/report alike. */
const sources = fileURLToPath(new URL('../../src/', import.meta.url));

/** Where the rules of a record may stand: folders, and how the names of files in them begin. */
const places: ReadonlyMap<string, readonly string[]> = new Map([
  ...['replication', 'log', 'producer', 'group'].map((name): [string, readonly string[]] => [name, [`kafka/rules/${name}`]]),
  ['controller', ['kafka/rules/controller', 'kafka/rules/log-directories']],
  ['log.cleaning', ['kafka/rules/log-cleaning']],
  ['log.transactions', ['kafka/rules/log-transactions']],
  ['log.moves', ['kafka/rules/log-moves']],
  ['client', ['kafka/client/rules', 'kafka/client/partitioner', 'kafka/rpc/backoff']],
  ['client.idempotence', ['kafka/client/idempotence-rules']],
  ['client.group', ['kafka/client/group/rules', 'kafka/client/group/assignor/']],
]);

/** `rule`: as a story names it, `replication.truncationPoint` or `client.group.assign`. Answers such as `src/kafka/rules/replication-follower.ts:23`. */
export function ruleFile(rule: string): string {
  const dot = rule.lastIndexOf('.');
  const [record, name] = [rule.slice(0, dot), rule.slice(dot + 1)];
  const texts = (places.get(record) ?? []).flatMap(textsOf);
  for (const pattern of definitions(name))
    for (const [file, text] of texts) {
      const at = pattern.exec(text)?.index;
      if (at !== undefined) return `src/${file}:${text.slice(0, at).split('\n').length}`;
    }
  const place = places.get(record)?.[0] ?? 'kafka/';
  return `src/${place.slice(0, place.lastIndexOf('/'))}`;
}

/** An exported function of this name, or one that the record itself has; not its type, and not what only uses it. */
const definitions = (name: string): readonly RegExp[] => [
  new RegExp(`^export (?:function|const) ${name}\\b`, 'm'),
  new RegExp(`^  ${name}\\([^)]*\\)[^;{]*\\{`, 'm'),
  new RegExp(`^  ${name}: `, 'm'),
  new RegExp(`^(?:function|const) ${name}\\b`, 'm'),
];

type Text = readonly [file: string, text: string];
const read = new Map<string, readonly Text[]>();

function textsOf(place: string): readonly Text[] {
  const known = read.get(place);
  if (known !== undefined) return known;
  const slash = place.lastIndexOf('/') + 1;
  const [folder, begin] = [place.slice(0, slash), place.slice(slash)];
  const files = existsSync(sources + folder) ? readdirSync(sources + folder).sort() : [];
  const texts = files
    .filter((file) => file.startsWith(begin) && file.endsWith('.ts'))
    .map((file): Text => [folder + file, readFileSync(sources + folder + file, 'utf8')]);
  read.set(place, texts);
  return texts;
}
