/**
 * The small language in which configuration keys are declared: key, type, unit, default, range, documentation, all said once. Property
 * names, parsing, printing, DescribeConfigs and documents derive from it. Owns no key; those are in the files beside it.
 */
import { failed, ok, type Result } from '../../model/result.ts';

/** ConfigDef.Type, with the code that DescribeConfigs answers (DescribeConfigsResponse.ConfigType). */
export const KnobType = { boolean: 1, string: 2, int: 3, short: 4, long: 5, double: 6, list: 7 } as const;
export type KnobType = keyof typeof KnobType;

/** Where a value may be changed while the broker runs; absent: only by a restart. */
export type Dynamic = 'cluster-wide' | 'per-broker';

/** A broker's key that gives a topic's key its default, and what one unit of it is worth: `log.roll.hours` counts 3,600,000 ms. */
export interface Synonym {
  readonly key: string;
  readonly scale?: number;
}

export interface Knob<Key extends string = string, T = unknown> {
  readonly key: Key;
  readonly type: KnobType;
  /** `ms`, `bytes`, ...; empty for what has none. */
  readonly unit: string;
  readonly default: T;
  /** The valid values, as people read them; empty for all. */
  readonly range: string;
  readonly doc: string;
  readonly dynamic?: Dynamic;
  /** Broker keys consulted in this order where a topic does not say (LogConfig's server synonyms). */
  readonly synonyms: readonly Synonym[];
  /** The value of a text, or what a right one would look like. */
  readonly parse: (text: string) => Result<T, string>;
  readonly print: (value: T) => string;
}

/** `replica.lag.time.max.ms` is the property `replicaLagTimeMaxMs`. */
export type PropertyOf<Key extends string> = Key extends `${infer Head}.${infer Tail}` ? `${Head}${Capitalize<PropertyOf<Tail>>}` : Key;
// biome-ignore lint/suspicious/noExplicitAny: a knob of any value; printing takes what parsing gave
export type AnyKnob = Knob<string, any>;
/** The typed record of a list of knobs. */
export type ValuesOf<Knobs extends readonly AnyKnob[]> = {
  readonly [K in Knobs[number] as PropertyOf<K['key']>]: K extends Knob<string, infer T> ? T : never;
};

/** `log.segment.bytes` is `logSegmentBytes`; there are as many keys as knobs, and each is asked for at every start of a node. */
export function propertyOf(key: string): string {
  let property = properties.get(key);
  if (property === undefined) {
    property = key.replace(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase());
    properties.set(key, property);
  }
  return property;
}
const properties = new Map<string, string>();

/** Long.MAX_VALUE, which Kafka uses for "no limit"; here the largest safe integer, printed as Kafka prints it. */
export const noLimit = Number.MAX_SAFE_INTEGER;
const longMax = '9223372036854775807';

interface Declared<T> {
  readonly default: T;
  readonly doc: string;
  readonly dynamic?: Dynamic;
  readonly synonyms?: readonly Synonym[];
}
interface NumberDeclared<T> extends Declared<T> {
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
}

function integer<const Key extends string, T extends number | undefined>(
  type: 'int' | 'short' | 'long',
  key: Key,
  declared: NumberDeclared<T>,
): Knob<Key, T> {
  const { min, max } = declared;
  const range = min === undefined ? (max === undefined ? '' : `<= ${max}`) : max === undefined ? `>= ${min}` : `${min} to ${max}`;
  const lowest = min ?? (type === 'long' ? Number.MIN_SAFE_INTEGER : -0x80000000);
  const highest = max ?? (type === 'long' ? noLimit : type === 'int' ? 0x7fffffff : 0x7fff);
  const wanted = `use a whole number${declared.unit ? ` of ${declared.unit}` : ''}${range === '' ? '' : `, ${range}`}`;
  return {
    key,
    type,
    unit: declared.unit ?? '',
    default: declared.default,
    range,
    doc: declared.doc,
    ...(declared.dynamic === undefined ? {} : { dynamic: declared.dynamic }),
    synonyms: declared.synonyms ?? [],
    parse: (text) => {
      const trimmed = text.trim();
      if (type === 'long' && trimmed === longMax && highest === noLimit) return ok(noLimit as T);
      const value = /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN;
      return Number.isSafeInteger(value) && value >= lowest && value <= highest ? ok(value as T) : failed(wanted);
    },
    print: (value) => (type === 'long' && value === noLimit ? longMax : String(value)),
  };
}

export const int = <const Key extends string>(key: Key, declared: NumberDeclared<number>): Knob<Key, number> => integer('int', key, declared);
/** Undefined where it is not set. */
export const optionalInt = <const Key extends string>(key: Key, declared: NumberDeclared<number | undefined>): Knob<Key, number | undefined> =>
  integer('int', key, declared);
export const short = <const Key extends string>(key: Key, declared: NumberDeclared<number>): Knob<Key, number> => integer('short', key, declared);
export const long = <const Key extends string>(key: Key, declared: NumberDeclared<number>): Knob<Key, number> => integer('long', key, declared);

/** Any number, whole or not. */
export const double = <const Key extends string>(key: Key, declared: NumberDeclared<number>): Knob<Key, number> => {
  const { min, max } = declared;
  const range = min === undefined ? '' : max === undefined ? `>= ${min}` : `${min} to ${max}`;
  return {
    key,
    type: 'double',
    unit: declared.unit ?? '',
    default: declared.default,
    range,
    doc: declared.doc,
    synonyms: declared.synonyms ?? [],
    parse: (text) => {
      const value = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
      return value >= (min ?? Number.NEGATIVE_INFINITY) && value <= (max ?? Number.POSITIVE_INFINITY)
        ? ok(value)
        : failed(`use a number${range === '' ? '' : `, ${range}`}`);
    },
    print: String,
  };
};

export const bool = <const Key extends string>(key: Key, declared: Declared<boolean>): Knob<Key, boolean> => ({
  key,
  type: 'boolean',
  unit: '',
  range: 'true or false',
  synonyms: [],
  ...declared,
  parse: (text) => {
    const word = text.trim().toLowerCase();
    return word === 'true' || word === 'false' ? ok(word === 'true') : failed('use true or false');
  },
  print: String,
});

export const oneOf = <const Key extends string, const Word extends string>(
  key: Key,
  words: readonly Word[],
  declared: Declared<NoInfer<Word>>,
): Knob<Key, Word> => ({
  key,
  type: 'string',
  unit: '',
  range: words.join(', '),
  synonyms: [],
  ...declared,
  parse: (text) => {
    const word = words.find((candidate) => candidate === text.trim());
    return word === undefined ? failed(`use one of ${words.join(', ')}`) : ok(word);
  },
  print: String,
});

/** A comma-separated list of distinct words out of a set. */
export const listOf = <const Key extends string, const Word extends string>(
  key: Key,
  words: readonly Word[],
  declared: Declared<readonly NoInfer<Word>[]>,
): Knob<Key, readonly Word[]> => ({
  key,
  type: 'list',
  unit: '',
  range: `a list of ${words.join(', ')}`,
  synonyms: [],
  ...declared,
  parse: (text) => {
    const parts = splitList(text);
    const known = words.filter((word) => parts.includes(word));
    return parts.length > 0 && known.length === parts.length ? ok(known) : failed(`use a comma-separated list of ${words.join(', ')}, each once`);
  },
  print: (value) => value.join(','),
});

/** A text; undefined where it is not set. */
export const text = <const Key extends string>(key: Key, declared: Declared<string | undefined>): Knob<Key, string | undefined> => ({
  key,
  type: 'string',
  unit: '',
  range: '',
  synonyms: [],
  ...declared,
  parse: (value) => ok(value),
  print: (value) => value ?? '',
});

export const splitList = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** What is wrong with one key, and what would be right. */
export interface ConfigError {
  readonly key: string;
  /** As it was given; undefined when the key is missing. */
  readonly value: string | undefined;
  readonly remedy: string;
}

/** One line for people: `Invalid value "x" for replica.lag.time.max.ms: use a whole number of ms`. */
export const describeConfigError = (error: ConfigError): string =>
  error.value === undefined
    ? `Missing ${error.key}: ${error.remedy}`
    : `Invalid value ${JSON.stringify(error.value)} for ${error.key}: ${error.remedy}`;

/** The defaults of a list of knobs, changed by what is given. */
export function withDefaults<const Knobs extends readonly AnyKnob[]>(knobs: Knobs, given: Partial<ValuesOf<Knobs>> = {}): ValuesOf<Knobs> {
  const defaults = Object.fromEntries(knobs.map((knob) => [propertyOf(knob.key), knob.default]));
  return { ...defaults, ...given } as ValuesOf<Knobs>;
}

/** What the texts say for a list of knobs: the values that were set and right, and what is wrong with the others. */
export function parseKnobs<const Knobs extends readonly AnyKnob[]>(
  knobs: Knobs,
  texts: ReadonlyMap<string, string>,
  errors: ConfigError[],
): Partial<ValuesOf<Knobs>> {
  const values = new Map<string, unknown>();
  for (const knob of knobs) {
    const value = texts.get(knob.key);
    if (value === undefined) continue;
    const parsed = knob.parse(value);
    if (parsed.ok) values.set(propertyOf(knob.key), parsed.value);
    else errors.push({ key: knob.key, value, remedy: parsed.error });
  }
  return Object.fromEntries(values) as Partial<ValuesOf<Knobs>>;
}
