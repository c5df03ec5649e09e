/**
 * A message in Kafka's own JSON form, as its message files have it, with shared structs expanded where they stand. Made from the definition
 * alone; which versions a broker serves is `apis.ts`.
 */
import { unreachable } from '../../model/invariant.ts';
import type { Field, FieldOptions, Message, Struct, Type } from './schema.ts';

export interface FieldDescription {
  readonly name: string;
  /** Kafka's: `int32`, `[]string`, or a struct's name. */
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly tag?: number;
  readonly flexibleVersions?: string;
  readonly default?: string | number | boolean | null;
  readonly ignorable?: boolean;
  readonly mapKey?: boolean;
  readonly entityType?: string;
  readonly zeroCopy?: boolean;
  readonly fields?: readonly FieldDescription[];
}

export interface MessageDescription {
  readonly apiKey?: number;
  readonly type: string;
  readonly name: string;
  readonly listeners?: readonly string[];
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly latestVersionUnstable?: boolean;
  readonly fields: readonly FieldDescription[];
}

export function describe(message: Message): MessageDescription {
  return {
    ...(message.apiKey === undefined ? {} : { apiKey: message.apiKey }),
    type: message.kind,
    name: message.name,
    ...(message.listeners === undefined ? {} : { listeners: message.listeners }),
    validVersions: message.versions,
    ...(message.versions === 'none' ? {} : { flexibleVersions: message.flexible }),
    ...(message.latestVersionUnstable === undefined ? {} : { latestVersionUnstable: message.latestVersionUnstable }),
    fields: message.fields.map(describeField),
  };
}

/** The name a type has in Kafka's message files. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'scalar':
      return type.name;
    case 'struct':
      return type.name;
    case 'array':
      return `[]${typeName(type.element)}`;
    default:
      return unreachable(type);
  }
}

function describeField(field: Field): FieldDescription {
  const options = field.options;
  const struct = structOf(field.type);
  return {
    name: field.name,
    type: typeName(field.type),
    versions: field.versions,
    ...(options.nullable === undefined ? {} : { nullableVersions: options.nullable }),
    ...(options.tagged === undefined ? {} : { taggedVersions: options.tagged }),
    ...(options.tag === undefined ? {} : { tag: options.tag }),
    ...(options.flexible === undefined ? {} : { flexibleVersions: options.flexible }),
    ...(options.default === undefined ? {} : { default: printedDefault(options) }),
    ...(options.ignorable === undefined ? {} : { ignorable: options.ignorable }),
    ...(options.mapKey === undefined ? {} : { mapKey: options.mapKey }),
    ...(options.entityType === undefined ? {} : { entityType: options.entityType }),
    ...(options.zeroCopy === undefined ? {} : { zeroCopy: options.zeroCopy }),
    ...(struct === undefined ? {} : { fields: struct.fields.map(describeField) }),
  };
}

function structOf(type: Type): Struct | undefined {
  if (type.kind === 'array') return structOf(type.element);
  return type.kind === 'struct' ? type : undefined;
}

/** Kafka's files hold most defaults as text, some as JSON literals, and the largest int32 in hexadecimal. */
function printedDefault(options: FieldOptions): string | number | boolean | null {
  const value = options.default ?? null;
  if (options.literalDefault === true && typeof value !== 'bigint') return value;
  if (options.literalDefault === true) return Number(value);
  return value === largestInt32 ? '0x7fffffff' : String(value);
}

const largestInt32 = 0x7fff_ffff;
