/**
 * Compiles the reader of one version of a message: one function with everything in it, so that the position stays in a register and the fields
 * of a struct become one object literal. Fields of fixed size that follow one another share one check of the length. Owns the text of that
 * function; what it calls is `reading.ts`.
 *
 * In the compiled text: `b` the bytes, `p` the position, `end` where reading must stop.
 */
import { unreachable } from '../../model/invariant.ts';
import { byTag, defaultSource, elementPath, type FieldLayout, fieldPath, fixedSize, layoutOf, minimumSize, rootPath, SourceText } from './layout.ts';
import { type Run, readingHelpers, readingNames } from './reading.ts';
import type { Field, Message, ScalarName, Type } from './schema.ts';
import { hasVersion } from './versions.ts';

/** Reads from `at`, never beyond `end`; leaves in `cursor` where it stopped; throws DecodeFailure. */
export type Reader = (bytes: Uint8Array, at: number, end: number) => unknown;

export function compileReader(message: Message, version: number): Reader {
  const compiler = new ReaderCompiler(version, hasVersion(message.flexible, version));
  const value = compiler.struct(message.fields, rootPath);
  const constants = compiler.text.constants.map((_, index) => `const k${index} = constants[${index}];`);
  const text = [
    `'use strict'; const { ${readingNames} } = helpers;`,
    ...constants,
    'return function (b, p, end) {',
    ...compiler.text.lines,
    `const value = ${value};`,
    'cursor.at = p; return value; };',
  ].join('\n');
  // Made of this source's own definitions only: no byte of a peer ever becomes part of the text.
  return new Function('helpers', 'constants', text)(readingHelpers, compiler.text.constants);
}

/** Source text of an expression for a scalar of fixed size that starts `offset` bytes after the position. */
function fixedSource(type: Type, offset: number): string {
  const byte = (index: number): string => `b[p + ${offset + index}]`;
  if (type.kind !== 'scalar') return '';
  const name: ScalarName = type.name;
  switch (name) {
    case 'bool':
      return `${byte(0)} !== 0`;
    case 'int8':
      return `${byte(0)} << 24 >> 24`;
    case 'int16':
      return `${byte(0)} << 24 >> 16 | ${byte(1)}`;
    case 'uint16':
      return `${byte(0)} << 8 | ${byte(1)}`;
    case 'int32':
      return `${byte(0)} << 24 | ${byte(1)} << 16 | ${byte(2)} << 8 | ${byte(3)}`;
    case 'uint32':
      return `(${byte(0)} << 24 | ${byte(1)} << 16 | ${byte(2)} << 8 | ${byte(3)}) >>> 0`;
    case 'int64':
      return `${type.bits === true ? 'int64Bits' : 'int64'}(b, p + ${offset})`;
    case 'float64':
    case 'uuid':
      return `${name}(b, p + ${offset})`;
    case 'string':
    case 'bytes':
    case 'records':
      return '';
    default:
      return unreachable(name);
  }
}

const roomAtOnce = 256;
const isChecked = (type: Type): boolean => type.kind === 'scalar' && type.name === 'int64' && type.bits !== true;

class ReaderCompiler {
  readonly text = new SourceText();
  readonly #version: number;
  readonly #flexible: boolean;

  constructor(version: number, flexible: boolean) {
    this.#version = version;
    this.#flexible = flexible;
  }

  /** Emits what reads the fields and gives the text of the object literal that holds them. */
  struct(fields: readonly Field[], path: string): string {
    const layout = layoutOf(fields, this.#version, this.#flexible);
    const values = new Map<FieldLayout, string>();
    let run: FieldLayout[] = [];
    const flush = (): void => {
      this.#fixedRun(run, path, values);
      run = [];
    };
    for (const each of layout) {
      if (each.place === 'absent') values.set(each, this.#default(each.field));
      else if (each.place === 'inline' && fixedSize(each.field.type) !== undefined) run.push(each);
      else if (each.place === 'inline') {
        flush();
        values.set(each, this.#value(each.field.type, each.nullable, each.compact, fieldPath(path, each.field.name)));
      }
    }
    flush();
    if (this.#flexible) this.#taggedSection(byTag(layout), path, values);
    return `{ ${layout.map((each) => `${each.property}: ${values.get(each)}`).join(', ')} }`;
  }

  #default(field: Field): string {
    const source = defaultSource(field);
    if (field.type.kind !== 'struct' || source === 'null') return source;
    return this.text.constant(new Function('emptyArray', 'emptyBytes', `return ${source};`)(readingHelpers.emptyArray, readingHelpers.emptyBytes));
  }

  #fixedRun(run: readonly FieldLayout[], path: string, values: Map<FieldLayout, string>): void {
    if (run.length === 0) return;
    const parts: Run = run.map((each) => ({ name: each.field.name, size: fixedSize(each.field.type) ?? 0 }));
    let size = 0;
    for (const part of parts) size += part.size;
    this.text.add(`if (end - p < ${size}) short(p, end, ${path}, ${this.text.constant(parts)});`);
    let offset = 0;
    for (const each of run) {
      const name = this.text.fresh('v');
      this.text.add(`const ${name} = ${fixedSource(each.field.type, offset)};`);
      if (isChecked(each.field.type)) this.#checkSafe(name, `p + ${offset}`, fieldPath(path, each.field.name));
      values.set(each, name);
      offset += fixedSize(each.field.type) ?? 0;
    }
    this.text.add(`p += ${size};`);
  }

  #checkSafe(value: string, at: string, path: string): void {
    this.text.add(`if (${value} > 9007199254740991 || ${value} < -9007199254740991) notSafe(${at}, ${path});`);
  }

  /** Emits what reads one scalar of fixed size, with a check of the length where none has been made, and gives the name of its value. */
  #fixed(type: Type, size: number, path: string, known: 'unchecked' | 'fits'): string {
    const value = this.text.fresh('v');
    if (known === 'unchecked') this.text.add(`if (end - p < ${size}) short(p, end, ${path}, ${this.text.constant([{ name: '', size }])});`);
    this.text.add(`const ${value} = ${fixedSource(type, 0)};`);
    if (isChecked(type)) this.#checkSafe(value, 'p', path);
    this.text.add(`p += ${size};`);
    return value;
  }

  /** Emits what reads one value and gives the text of an expression for it. */
  #value(type: Type, nullable: boolean, compact: boolean, path: string): string {
    if (type.kind === 'struct') return this.#nested(type.fields, nullable, path);
    const size = fixedSize(type);
    if (size !== undefined) return this.#fixed(type, size, path, 'unchecked');
    const value = this.text.fresh('v');
    const length = this.#length(type.kind === 'scalar' && type.name === 'string', compact, path);
    this.text.add(`let ${value} = null;`, `if (${length} < 0) {`);
    if (!nullable) this.text.add(`notNull(p, ${path});`);
    this.text.add('} else {');
    if (type.kind === 'array') this.#elements(type.element, value, length, path);
    else {
      if (type.name === 'string' && compact) this.text.add(`if (${length} > 32767) tooLongText(p, ${path}, ${length});`);
      this.text.add(`if (${length} > end - p) tooLong(p, end, ${path}, ${length});`);
      this.text.add(`${value} = ${type.name === 'string' ? 'text' : 'slice'}(b, p, ${length});`, `p += ${length};`);
    }
    this.text.add('}');
    return value;
  }

  #nested(fields: readonly Field[], nullable: boolean, path: string): string {
    const value = this.text.fresh('v');
    if (!nullable) {
      this.text.add(`const ${value} = ${this.struct(fields, path)};`);
      return value;
    }
    this.text.add(`if (end - p < 1) short(p, end, ${path}, ${this.text.constant([{ name: '', size: 1 }])});`);
    this.text.add(`let ${value} = null;`, 'if (b[p++] < 128) {');
    this.text.add(`${value} = ${this.struct(fields, path)};`, '}');
    return value;
  }

  /** Emits what reads a length or count and gives its name; below 0 is null. */
  #length(isString: boolean, compact: boolean, path: string): string {
    if (compact) {
      const length = this.#uvarint(path);
      this.text.add(`${length}--;`);
      return length;
    }
    const length = this.text.fresh('n');
    const size = isString ? 2 : 4;
    this.text.add(`if (end - p < ${size}) short(p, end, ${path}, ${this.text.constant([{ name: '', size }])});`);
    this.text.add(
      `const ${length} = ${isString ? 'b[p] << 24 >> 16 | b[p + 1]' : 'b[p] << 24 | b[p + 1] << 16 | b[p + 2] << 8 | b[p + 3]'};`,
      `p += ${size};`,
    );
    return length;
  }

  #uvarint(path: string): string {
    const name = this.text.fresh('n');
    this.text.add(
      `let ${name} = p < end ? b[p] : -1;`,
      `if (${name} >= 0 && ${name} < 128) p++;`,
      `else { ${name} = uvarint(b, p, end); if (${name} < 0) notVarint(p, ${path}); p = cursor.at; }`,
    );
    return name;
  }

  #elements(element: Type, value: string, count: string, path: string): void {
    const smallest = Math.max(1, minimumSize(element, this.#version, this.#flexible));
    this.text.add(`if (${smallest === 1 ? count : `${count} * ${smallest}`} > end - p) tooMany(p, end, ${path}, ${count});`);
    // Room for a claim is made only when it is small; a longer array grows with what is read.
    this.text.add(`${value} = ${count} > ${roomAtOnce} ? [] : new Array(${count});`);
    const index = this.text.fresh('i');
    const itemPath = elementPath(path, index);
    this.text.add(`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`);
    const size = fixedSize(element);
    const item = `${value}[${index}]`;
    if (element.kind === 'struct') this.text.add(`${item} = ${this.struct(element.fields, itemPath)};`);
    else if (size === undefined) this.text.add(`${item} = ${this.#value(element, false, this.#flexible, itemPath)};`);
    // The count was compared with the bytes that are left, so every element is there.
    else this.text.add(`${item} = ${this.#fixed(element, size, itemPath, 'fits')};`);
    this.text.add('}');
  }

  /** The end of every struct of a flexible version: tagged fields by ascending tag, of which unknown ones are skipped. */
  #taggedSection(tagged: readonly FieldLayout[], path: string, values: Map<FieldLayout, string>): void {
    for (const each of tagged) {
      const name = this.text.fresh('t');
      this.text.add(`let ${name} = ${this.#default(each.field)};`);
      values.set(each, name);
    }
    const place = fieldPath(path, 'tagged fields');
    this.text.add('if (p < end && b[p] === 0) p++; else {');
    const count = this.#uvarint(place);
    const last = this.text.fresh('l');
    this.text.add(`let ${last} = -1;`, `for (; ${count} > 0; ${count}--) {`);
    const tag = this.#uvarint(place);
    this.text.add(`if (${tag} <= ${last}) tagOrder(p, ${place}, ${tag});`, `${last} = ${tag};`);
    const size = this.#uvarint(place);
    this.text.add(`if (${size} > end - p) tooLong(p, end, ${place}, ${size});`);
    if (tagged.length === 0) this.text.add(`p += ${size};`);
    else this.#knownTags(tagged, tag, size, path, values);
    this.text.add('} }');
  }

  #knownTags(tagged: readonly FieldLayout[], tag: string, size: string, path: string, values: Map<FieldLayout, string>): void {
    const outer = this.text.fresh('e');
    this.text.add(`const ${outer} = end;`, `end = p + ${size};`, `switch (${tag}) {`);
    for (const each of tagged) {
      const inner = fieldPath(path, each.field.name);
      this.text.add(`case ${each.field.options.tag}: {`);
      this.text.add(`${values.get(each)} = ${this.#value(each.field.type, each.nullable, each.compact, inner)};`);
      this.text.add(`if (p !== end) tagSize(p, end, ${inner});`, 'break; }');
    }
    this.text.add('default: p = end;', '}', `end = ${outer};`);
  }
}
