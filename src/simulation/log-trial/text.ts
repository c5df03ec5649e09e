/** A script for a log as YAML, and back. Owns the fields' names and ranges; every problem is named with its place, and nothing is guessed. */
import { Document, parseDocument, YAMLMap, YAMLSeq } from 'yaml';
import { failed, ok, type Result } from '../../model/result.ts';
import { join, Reader } from '../scenario/reader.ts';
import { keyCount, type LogOperation, type LogScript, producerIds, scriptVersion } from './operation.ts';

const any = { min: 0, max: Number.MAX_SAFE_INTEGER };
const anyInt32 = { min: 0, max: 0x7fffffff };
const key = { min: 0, max: keyCount - 1 };
const percent = { min: 0, max: 100 };
const outcomes = ['commit', 'abort'] as const;
/** What a list of operations stands under: no scenario has such a field. */
const mark = 'operations';

/** Whether this is meant to be one, and not a scenario. */
export const looksLikeLogScript = (text: string): boolean => new RegExp(`^(${mark}:|\\s*\\{.*"${mark}")`, 'm').test(text);

/** An operation is a line. */
export function printLogScript({ operations, description, ...script }: LogScript): string {
  const document = new Document({ version: script.version, ...(description === '' ? {} : { description }) });
  for (const name of ['seed', 'segmentBytes', 'deleteRetentionMs', 'producerIdExpirationMs'] as const) document.set(name, script[name]);
  const lines = new YAMLSeq();
  for (const operation of operations) {
    const line = document.createNode(operation);
    if (line instanceof YAMLMap) line.flow = true;
    lines.add(line);
  }
  document.set(mark, lines);
  return document.toString({ lineWidth: 0 });
}

/** A script from its text, or everything that is wrong with it. */
export function parseLogScript(text: string): Result<LogScript, readonly string[]> {
  const document = parseDocument(text, { uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings].map((error) => error.message.split('\n')[0] ?? error.message);
  return problems.length > 0 ? failed(problems) : readLogScript(document.toJS({ mapAsMap: true, maxAliasCount: 0 }));
}

function readLogScript(value: unknown): Result<LogScript, readonly string[]> {
  const reader = new Reader();
  const names = ['version', 'description', 'seed', 'segmentBytes', 'deleteRetentionMs', 'producerIdExpirationMs', mark];
  const fields = reader.fields(value, '', names);
  if (fields.get('version') !== scriptVersion)
    reader.problem('version', `says in which version of the format this is written; write "version: ${scriptVersion}"`);
  const number = (name: string, range: { readonly min: number; readonly max: number }): number => reader.integer(fields.get(name), name, range);
  const script: LogScript = {
    version: scriptVersion,
    description: reader.text(fields.get('description'), 'description', /[\s\S]*/, 'text', ''),
    seed: number('seed', any),
    segmentBytes: number('segmentBytes', { min: 14, max: anyInt32.max }),
    deleteRetentionMs: number('deleteRetentionMs', anyInt32),
    producerIdExpirationMs: number('producerIdExpirationMs', { ...anyInt32, min: 1 }),
    operations: reader.list(fields.get(mark), mark, (each, place) => readOperation(reader, each, place)).filter((each) => each !== undefined),
  };
  return reader.problems.length === 0 ? ok(script) : failed(reader.problems);
}

/** Of each kind of operation, its fields beside `type`, in the order in which they are written. */
const fieldsOf: Readonly<Record<LogOperation['type'], readonly string[]>> = {
  append: ['producer', 'keys', 'transactional', 'powerFailsAt'],
  retry: ['producer', 'powerFailsAt'],
  end: ['producer', 'outcome', 'powerFailsAt'],
  fence: ['producer', 'powerFailsAt'],
  zombie: ['producer', 'key', 'powerFailsAt'],
  elect: ['powerFailsAt'],
  'late-end': ['producer', 'outcome', 'powerFailsAt'],
  replicate: ['percent', 'powerFailsAt'],
  clean: ['maxKeys', 'powerFailsAt'],
  delete: ['percent', 'powerFailsAt'],
  cut: ['percent', 'powerFailsAt'],
  flush: ['powerFailsAt'],
  stop: [],
  crash: ['powerLoss'],
  wait: ['ms'],
};
const types: readonly LogOperation['type'][] = [
  'append',
  'retry',
  'end',
  'fence',
  'zombie',
  'elect',
  'late-end',
  'replicate',
  'clean',
  'delete',
  'cut',
  'flush',
  'stop',
  'crash',
  'wait',
];

function readOperation(reader: Reader, value: unknown, place: string): LogOperation | undefined {
  const type = reader.oneOf(value instanceof Map ? value.get('type') : undefined, join(place, 'type'), types);
  if (type === undefined) return undefined;
  const fields = reader.fields(value, place, ['type', ...fieldsOf[type]]);
  const at = (name: string): string => join(place, name);
  const number = (name: string, range: { readonly min: number; readonly max: number }): number => reader.integer(fields.get(name), at(name), range);
  const producer = (): number => reader.oneOf(fields.get('producer'), at('producer'), producerIds) ?? 1;
  const outcome = () => reader.oneOf(fields.get('outcome'), at('outcome'), outcomes) ?? 'abort';
  const power = fields.has('powerFailsAt') ? { powerFailsAt: number('powerFailsAt', anyInt32) } : {};
  switch (type) {
    case 'append': {
      const keys = reader.list(fields.get('keys'), at('keys'), (each, where) => reader.integer(each, where, key));
      if (keys.length === 0) reader.problem(at('keys'), 'must name at least one key');
      return { type, producer: producer(), keys, transactional: reader.boolean(fields.get('transactional'), at('transactional'), false), ...power };
    }
    case 'retry':
    case 'fence':
      return { type, producer: producer(), ...power };
    case 'end':
    case 'late-end':
      return { type, producer: producer(), outcome: outcome(), ...power };
    case 'zombie':
      return { type, producer: producer(), key: number('key', key), ...power };
    case 'replicate':
    case 'delete':
    case 'cut':
      return { type, percent: number('percent', percent), ...power };
    case 'clean':
      return { type, maxKeys: number('maxKeys', { ...anyInt32, min: 1 }), ...power };
    case 'elect':
    case 'flush':
      return { type, ...power };
    case 'stop':
      return { type };
    case 'crash':
      return { type, powerLoss: reader.boolean(fields.get('powerLoss'), at('powerLoss'), false) };
    case 'wait':
      return { type, ms: number('ms', anyInt32) };
  }
}
