/**
 * Compiles the writer of one version of a message: one function that writes in a single pass into the output's buffer. Fields of fixed size that
 * follow one another share one check of the room; the size of a tagged field is filled in once its bytes are there. Owns the text of that
 * function; what it calls is `writing.ts`.
 *
 * In the compiled text: `out` the output, `b` its buffer, `p` the position.
 */
import { invariant, unreachable } from '../../model/invariant.ts';
import {
  byTag,
  defaultSource,
  elementPath,
  type FieldLayout,
  fieldPath,
  fixedSize,
  isDefaultSource,
  layoutOf,
  mayBeLeftOut,
  rootPath,
  SourceText,
} from './layout.ts';
import type { Output } from './output.ts';
import type { Field, Message, ScalarName, Type } from './schema.ts';
import { hasVersion } from './versions.ts';
import { writingHelpers, writingNames } from './writing.ts';

/** Writes at the output's position and moves it; throws on a value that cannot be encoded. */
export type Writer = (value: object, output: Output) => void;

export function compileWriter(message: Message, version: number): Writer {
  const compiler = new WriterCompiler(message, version);
  compiler.struct(message.fields, 'o', rootPath);
  const text = [
    `'use strict'; const { ${writingNames} } = helpers;`,
    'const emptyArray = [], emptyBytes = new Uint8Array(0);',
    'return function (o, out) { let b = out.bytes, p = out.at;',
    ...compiler.text.lines,
    'out.at = p; };',
  ].join('\n');
  return new Function('helpers', text)(writingHelpers);
}

/** Source text of a condition: the value is none of the scalar type. */
function misfitSource(type: Type, value: string): string {
  if (type.kind !== 'scalar') return 'false';
  const name: ScalarName = type.name;
  switch (name) {
    case 'bool':
      return `${value} !== true && ${value} !== false`;
    case 'int8':
      return `(${value} << 24 >> 24) !== ${value}`;
    case 'int16':
      return `(${value} << 16 >> 16) !== ${value}`;
    case 'uint16':
      return `(${value} & 65535) !== ${value}`;
    case 'int32':
      return `(${value} | 0) !== ${value}`;
    case 'uint32':
      return `(${value} >>> 0) !== ${value}`;
    case 'int64':
      return type.bits === true ? `!isInt64(${value})` : `!isSafe(${value})`;
    case 'float64':
      return `typeof ${value} !== 'number'`;
    case 'uuid':
      return `!isUuid(${value})`;
    case 'string':
    case 'bytes':
    case 'records':
      return 'false';
    default:
      return unreachable(name);
  }
}

/** Source text of statements that write a scalar of fixed size `offset` bytes after the position. */
function fixedSource(type: Type, value: string, offset: number): string {
  if (type.kind !== 'scalar') return '';
  const at = `p + ${offset}`;
  switch (type.name) {
    case 'bool':
      return `b[${at}] = ${value} ? 1 : 0;`;
    case 'int8':
      return `b[${at}] = ${value};`;
    case 'int16':
    case 'uint16':
      return `b[${at}] = ${value} >> 8; b[${at} + 1] = ${value};`;
    case 'int32':
    case 'uint32':
      return `int32(b, ${at}, ${value});`;
    case 'int64':
      return `${type.bits === true ? 'int64Bits' : 'int64'}(b, ${at}, ${value});`;
    case 'float64':
      return `float64(b, ${at}, ${value});`;
    case 'uuid':
      return `uuid(${value}, b, ${at});`;
    default:
      return '';
  }
}

class WriterCompiler {
  readonly text = new SourceText();
  readonly #message: string;
  readonly #version: number;
  readonly #flexible: boolean;
  #insideTag = false;

  constructor(message: Message, version: number) {
    this.#message = JSON.stringify(message.name);
    this.#version = version;
    this.#flexible = hasVersion(message.flexible, version);
  }

  /** Emits what writes the fields of the struct named `object`. */
  struct(fields: readonly Field[], object: string, path: string): void {
    const layout = layoutOf(fields, this.#version, this.#flexible);
    const tagged = byTag(layout);
    let run: FieldLayout[] = [];
    const flush = (emptySection: boolean): void => {
      this.#fixedRun(run, object, path, emptySection);
      run = [];
    };
    for (const each of layout) {
      if (each.place === 'absent') this.#absent(each, object, path);
      else if (each.place === 'inline' && fixedSize(each.field.type) !== undefined) run.push(each);
      else if (each.place === 'inline') {
        flush(false);
        const value = this.#take(each, object);
        this.#value(each.field.type, value, each.nullable, each.compact, fieldPath(path, each.field.name));
      }
    }
    flush(this.#flexible && tagged.length === 0);
    if (tagged.length > 0) this.#taggedSection(tagged, object, path);
  }

  /** Emits the reading of a property, with its default where it may be left out. */
  #take(each: FieldLayout, object: string): string {
    const value = this.text.fresh('v');
    const left = mayBeLeftOut(each.field);
    this.text.add(`${left ? 'let' : 'const'} ${value} = ${object}.${each.property};`);
    if (left) this.text.add(`if (${value} === undefined) ${value} = ${defaultSource(each.field)};`);
    return value;
  }

  /** A field that this version lacks may be dropped only when it says nothing or is ignorable. */
  #absent(each: FieldLayout, object: string, path: string): void {
    if (each.field.options.ignorable === true) return;
    const value = this.text.fresh('v');
    this.text.add(`const ${value} = ${object}.${each.property};`);
    const says = `${value} !== undefined && !(${isDefaultSource(each.field, value)})`;
    this.text.add(`if (${says}) lost(${this.#message}, ${fieldPath(path, each.field.name)}, ${this.#version});`);
  }

  #room(size: number): void {
    this.text.add(`if (b.length - p < ${size}) b = out.grow(p, ${size});`);
  }

  #refuse(condition: string, path: string, value: string): void {
    this.text.add(`if (${condition}) bad(${this.#message}, ${path}, ${value});`);
  }

  #fixedRun(run: readonly FieldLayout[], object: string, path: string, emptySection: boolean): void {
    let size = emptySection ? 1 : 0;
    for (const each of run) size += fixedSize(each.field.type) ?? 0;
    if (size === 0) return;
    this.#room(size);
    let offset = 0;
    for (const each of run) {
      const value = this.#take(each, object);
      this.#refuse(misfitSource(each.field.type, value), fieldPath(path, each.field.name), value);
      this.text.add(fixedSource(each.field.type, value, offset));
      offset += fixedSize(each.field.type) ?? 0;
    }
    if (emptySection) this.text.add(`b[p + ${offset}] = 0;`);
    this.text.add(`p += ${size};`);
  }

  #value(type: Type, value: string, nullable: boolean, compact: boolean, path: string): void {
    if (type.kind === 'struct') {
      this.#nested(type.fields, value, nullable, path);
      return;
    }
    const size = fixedSize(type);
    if (size !== undefined) {
      this.#room(size);
      this.#refuse(misfitSource(type, value), path, value);
      this.text.add(fixedSource(type, value, 0), `p += ${size};`);
      return;
    }
    const isString = type.kind === 'scalar' && type.name === 'string';
    if (nullable) {
      const nullSize = compact ? 1 : isString ? 2 : 4;
      this.text.add(`if (${value} === null) {`);
      this.#room(nullSize);
      for (let index = 0; index < nullSize; index++) this.text.add(`b[p + ${index}] = ${compact ? 0 : 255};`);
      this.text.add(`p += ${nullSize};`, '} else {');
    }
    if (type.kind === 'array') this.#elements(type.element, value, compact, path);
    else if (isString) this.#string(value, compact, path);
    else if (type.name === 'records') this.#records(value, compact, path);
    else {
      this.#refuse(`!isBytes(${value})`, path, value);
      this.text.add(`p = length(out, p, ${value}.length, ${compact}, ${value}.length);`, `b = out.bytes; b.set(${value}, p); p += ${value}.length;`);
    }
    if (nullable) this.text.add('}');
  }

  #nested(fields: readonly Field[], value: string, nullable: boolean, path: string): void {
    if (!nullable) {
      this.#refuse(`${value} === null || typeof ${value} !== 'object'`, path, value);
      this.struct(fields, value, path);
      return;
    }
    this.#room(1);
    this.text.add(`if (${value} === null) b[p++] = 255; else { b[p++] = 1;`);
    this.#refuse(`typeof ${value} !== 'object'`, path, value);
    this.struct(fields, value, path);
    this.text.add('}');
  }

  #string(value: string, compact: boolean, path: string): void {
    const next = this.text.fresh('q');
    this.text.add(`const ${next} = text(out, p, ${value}, ${compact});`);
    this.#refuse(`${next} < 0`, path, value);
    this.text.add(`p = ${next}; b = out.bytes;`);
  }

  #records(value: string, compact: boolean, path: string): void {
    // Records that are not copied would be missing from a tagged field's size.
    invariant(!this.#insideTag, 'records do not stand in tagged fields', path);
    this.#refuse(`!isSource(${value})`, path, value);
    this.text.add(`p = out.records(length(out, p, ${value}.byteLength, ${compact}, 0), ${value});`, 'b = out.bytes;');
  }

  #elements(element: Type, value: string, compact: boolean, path: string): void {
    this.#refuse(`!Array.isArray(${value})`, path, value);
    const size = fixedSize(element);
    const index = this.text.fresh('i');
    const item = this.text.fresh('v');
    const count = this.text.fresh('n');
    const room = size === undefined ? '0' : `${count} * ${size}`;
    this.text.add(`const ${count} = ${value}.length;`, `p = length(out, p, ${count}, ${compact}, ${room}); b = out.bytes;`);
    this.text.add(`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`, `const ${item} = ${value}[${index}];`);
    if (size === undefined) this.#value(element, item, false, this.#flexible, elementPath(path, index));
    else {
      this.#refuse(misfitSource(element, item), elementPath(path, index), item);
      this.text.add(fixedSource(element, item, 0), `p += ${size};`);
    }
    this.text.add('}');
  }

  /** The tagged fields that are not their default, behind their count. */
  #taggedSection(tagged: readonly FieldLayout[], object: string, path: string): void {
    const countAt = this.text.fresh('c');
    this.#room(1);
    this.text.add(`const ${countAt} = p; b[p++] = 0;`);
    invariant(tagged.length < 128, 'the count of tagged fields takes one byte', path, tagged.length);
    for (const each of tagged) {
      const value = this.text.fresh('v');
      const from = this.text.fresh('f');
      this.text.add(`const ${value} = ${object}.${each.property};`);
      this.text.add(`if (${value} !== undefined && !(${isDefaultSource(each.field, value)})) { b[${countAt}]++;`);
      this.#room(6);
      this.text.add(`p = uvarint(b, p, ${each.field.options.tag}); const ${from} = ++p;`);
      const outer = this.#insideTag;
      this.#insideTag = true;
      this.#value(each.field.type, value, each.nullable, each.compact, fieldPath(path, each.field.name));
      this.#insideTag = outer;
      this.text.add(`p = sizeOfTag(out, ${from}, p); b = out.bytes; }`);
    }
  }
}
