/**
 * Reads untyped data (maps, lists and scalars of a YAML document) field by field and collects every problem with its place,
 * such as `faults[2].target: ...`, so that one reading names all that is wrong.
 */

export interface Range {
  readonly min: number;
  readonly max: number;
}

export class Reader {
  readonly problems: string[] = [];

  problem(place: string, text: string): void {
    this.problems.push(place === '' ? text : `${place}: ${text}`);
  }

  /** A map with text keys, none but these; missing altogether counts as empty. */
  fields(value: unknown, place: string, known: readonly string[]): ReadonlyMap<string, unknown> {
    const fields = this.pairs(value, place);
    for (const key of fields.keys()) if (!known.includes(key)) this.problem(join(place, key), `is no field here; there are ${known.join(', ')}`);
    return fields;
  }

  /** A map with any text keys. */
  pairs(value: unknown, place: string): ReadonlyMap<string, unknown> {
    if (value === undefined || value === null) return new Map();
    if (!(value instanceof Map)) {
      this.problem(place, `must be a map of fields, not ${say(value)}`);
      return new Map();
    }
    const pairs = new Map<string, unknown>();
    for (const [key, each] of value) pairs.set(String(key), each);
    return pairs;
  }

  /** A list; missing counts as empty. */
  list<T>(value: unknown, place: string, each: (value: unknown, place: string) => T): readonly T[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.map((element, index) => each(element, `${place}[${index}]`));
    this.problem(place, `must be a list, not ${say(value)}`);
    return [];
  }

  number(value: unknown, place: string, range: Range, fallback?: number): number {
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'number' && value >= range.min && value <= range.max) return value;
    this.problem(place, `must be a number from ${range.min} to ${range.max}, not ${say(value)}`);
    return range.min;
  }

  integer(value: unknown, place: string, range: Range, fallback?: number): number {
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= range.min && value <= range.max) return value;
    this.problem(place, `must be a whole number from ${range.min} to ${range.max}, not ${say(value)}`);
    return range.min;
  }

  text(value: unknown, place: string, pattern: RegExp, meaning: string, fallback?: string): string {
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'string' && pattern.test(value)) return value;
    this.problem(place, `must be ${meaning}, not ${say(value)}`);
    return '';
  }

  boolean(value: unknown, place: string, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    this.problem(place, `must be true or false, not ${say(value)}`);
    return fallback;
  }

  oneOf<T extends string | number | boolean>(value: unknown, place: string, choices: readonly T[], fallback?: T): T | undefined {
    if (value === undefined && fallback !== undefined) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.problem(place, `must be one of ${choices.join(', ')}, not ${say(value)}`);
    return found;
  }
}

export const join = (place: string, key: string): string => (place === '' ? key : `${place}.${key}`);

/** A value in words short enough for an error. */
export function say(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (value instanceof Map) return 'a map';
  if (Array.isArray(value)) return 'a list';
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
