/**
 * What one version of a struct looks like on the wire, for the two compilers: which fields are there and where, what may be null, which lengths
 * are compact, and what a field is when it is absent. Owns no bytes.
 */
import { invariant } from '../../model/invariant.ts';
import { zeroUuid } from '../../model/uuid.ts';
import type { Field, ScalarName, Type } from './schema.ts';
import { hasVersion } from './versions.ts';

export interface FieldLayout {
  readonly field: Field;
  /** The value's property: the field's name with a small first letter. */
  readonly property: string;
  readonly place: 'absent' | 'inline' | 'tagged';
  readonly nullable: boolean;
  /** Lengths are unsigned varints of length + 1 instead of int16 or int32 (KIP-482). */
  readonly compact: boolean;
}

export function layoutOf(fields: readonly Field[], version: number, flexible: boolean): readonly FieldLayout[] {
  return fields.map((field) => {
    const options = field.options;
    const tagged = options.tagged !== undefined && hasVersion(options.tagged, version);
    invariant(!tagged || (flexible && options.tag !== undefined), 'a tagged field has a tag and stands in a flexible version', field.name, version);
    return {
      field,
      property: field.name.charAt(0).toLowerCase() + field.name.slice(1),
      place: tagged ? 'tagged' : hasVersion(field.versions, version) ? 'inline' : 'absent',
      nullable: options.nullable !== undefined && hasVersion(options.nullable, version),
      compact: options.flexible === undefined ? flexible : hasVersion(options.flexible, version),
    };
  });
}

/** The tagged fields by ascending tag, as they stand on the wire. */
export function byTag(layout: readonly FieldLayout[]): readonly FieldLayout[] {
  return layout.filter((each) => each.place === 'tagged').sort((a, b) => (a.field.options.tag ?? 0) - (b.field.options.tag ?? 0));
}

const sizes: ReadonlyMap<ScalarName, number> = new Map([
  ['bool', 1],
  ['int8', 1],
  ['int16', 2],
  ['uint16', 2],
  ['int32', 4],
  ['uint32', 4],
  ['int64', 8],
  ['float64', 8],
  ['uuid', 16],
]);

/** Bytes that every value of the type takes; undefined when they differ. */
export const fixedSize = (type: Type): number | undefined => (type.kind === 'scalar' ? sizes.get(type.name) : undefined);

/** The fewest bytes a value of the type takes, so that a hostile count can be refused before anything is allocated; 0 is possible. */
export function minimumSize(type: Type, version: number, flexible: boolean): number {
  const fixed = fixedSize(type);
  if (fixed !== undefined) return fixed;
  if (type.kind === 'struct') {
    let sum = flexible ? 1 : 0;
    for (const each of layoutOf(type.fields, version, flexible))
      if (each.place === 'inline')
        sum += each.nullable && each.field.type.kind === 'struct' ? 1 : minimumSize(each.field.type, version, each.compact);
    return sum;
  }
  if (flexible) return 1;
  return type.kind === 'scalar' && type.name === 'string' ? 2 : 4;
}

/** A field's value where it is absent, as source text; `empty array` and `empty bytes` are the names of constants. */
export function defaultSource(field: Field): string {
  const { type, options } = field;
  if (options.default === null) return 'null';
  if (type.kind === 'array') return 'emptyArray';
  if (type.kind === 'struct') return `{ ${type.fields.map((each: Field) => `${propertyOf(each)}: ${defaultSource(each)}`).join(', ')} }`;
  switch (type.name) {
    case 'bytes':
    case 'records':
      return 'emptyBytes';
    case 'string':
      return JSON.stringify(options.default ?? '');
    case 'uuid':
      return JSON.stringify(zeroUuid);
    case 'bool':
      return String(options.default ?? false);
    default:
      return type.bits === true ? `${String(options.default ?? 0)}n` : String(options.default ?? 0);
  }
}

const propertyOf = (field: Field): string => field.name.charAt(0).toLowerCase() + field.name.slice(1);

/** Source text of a condition: the value named `value` is the field's default. */
export function isDefaultSource(field: Field, value: string): string {
  const { type, options } = field;
  if (options.default === null) return `${value} === null`;
  if (type.kind === 'array') return `${value} !== null && ${value}.length === 0`;
  if (type.kind === 'struct') {
    const parts = type.fields.map((each: Field) => {
      const inner = `${value}.${propertyOf(each)}`;
      return `(${inner} === undefined || (${isDefaultSource(each, inner)}))`;
    });
    return [`${value} !== null`, ...parts].join(' && ');
  }
  if (type.name === 'bytes' || type.name === 'records') return `${value} !== null && ${value}.byteLength === 0`;
  return `${value} === ${defaultSource(field)}`;
}

/** Whether a caller may leave the field out: the counterpart of MayBeAbsent in `schema.ts`. */
export const mayBeLeftOut = (field: Field): boolean =>
  field.versions !== '0+' || field.options.default !== undefined || field.options.tag !== undefined;

/** Text of a function that is being compiled. */
export class SourceText {
  readonly lines: string[] = [];
  readonly constants: unknown[] = [];
  #names = 0;

  add(...lines: readonly string[]): void {
    for (const line of lines) this.lines.push(line);
  }

  /** A name that no other part of the function uses. */
  fresh(prefix: string): string {
    this.#names++;
    return `${prefix}${this.#names}`;
  }

  /** The name under which the function sees a value. */
  constant(value: unknown): string {
    this.constants.push(value);
    return `k${this.constants.length - 1}`;
  }
}

/** Source text of a path into a message: literal names and the loops' indices. */
export const rootPath = '""';
export const fieldPath = (path: string, name: string): string => (path === rootPath ? JSON.stringify(name) : `${path} + ".${name}"`);
export const elementPath = (path: string, index: string): string => `${path} + "[" + ${index} + "]"`;
