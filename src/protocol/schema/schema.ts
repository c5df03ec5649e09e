/**
 * The small language in which Kafka's messages are described: data only, one definition for all versions of a message.
 * TypeScript types are inferred from it (Infer, Input); codecs are compiled from it (`codec.ts`); Kafka's own JSON form is printed
 * from it (`describe.ts`). Names are Kafka's, as in its message files; a value's property is the name with a small first letter.
 */
import type { Uuid } from '../../model/uuid.ts';

/** A set of versions as Kafka writes it: `3`, `3+`, `2-5`, `none`. */
export type VersionSet = string;

/** Bytes that are read only when the socket takes them, such as a slice of a log segment. */
export interface ByteSource {
  readonly byteLength: number;
  /** Fills `target`, whose length is byteLength. */
  readInto(target: Uint8Array): void;
  /** After readInto: the bytes could not be had, and nobody may be sent what was filled in their place. */
  readonly failed?: boolean;
}

export type ScalarName = 'bool' | 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'float64' | 'uuid' | 'string' | 'bytes' | 'records';

/** `Out` is what decoding gives, `In` what encoding takes. */
export interface Scalar<Out, In = Out> {
  readonly kind: 'scalar';
  readonly name: ScalarName;
  /** An int64 that uses all its 64 bits (hashes, Long.MAX_VALUE as a default) is a bigint; any other is a checked number. */
  readonly bits?: true;
  readonly out?: Out;
  readonly in?: In;
}
export interface ArrayOf<Element extends Type = Type> {
  readonly kind: 'array';
  readonly element: Element;
}
export interface Struct<Fields extends readonly Field[] = readonly Field[]> {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: Fields;
}
// biome-ignore lint/suspicious/noExplicitAny: the one place where a type parameter stands for every scalar
export type Type = Scalar<any, any> | ArrayOf<any> | Struct<any>;

export interface FieldOptions {
  /** Versions in which null is legal. */
  readonly nullable?: VersionSet;
  /** The value where the field is absent; a type's own zero when not given. */
  readonly default?: string | number | bigint | boolean | null;
  /** Kafka's file has the default as a JSON literal and not as text; only `describe.ts` cares. */
  readonly literalDefault?: true;
  readonly tag?: number;
  readonly tagged?: VersionSet;
  /** A value other than the default may be dropped in versions without the field; otherwise encoding fails. */
  readonly ignorable?: boolean;
  readonly mapKey?: boolean;
  readonly entityType?: string;
  readonly zeroCopy?: boolean;
  /** Overrides the message's flexible versions for this field (RequestHeader's ClientId is never compact). */
  readonly flexible?: VersionSet;
}

export interface Field<
  Name extends string = string,
  T extends Type = Type,
  Versions extends VersionSet = VersionSet,
  Options extends FieldOptions = FieldOptions,
> {
  readonly name: Name;
  readonly type: T;
  readonly versions: Versions;
  readonly options: Options;
}

export type MessageKind = 'request' | 'response' | 'header' | 'data' | 'metadata' | 'coordinator-key' | 'coordinator-value';

export interface Message<Fields extends readonly Field[] = readonly Field[]> {
  readonly name: string;
  readonly kind: MessageKind;
  /** The RPC's key, or the record type of metadata and coordinator records; absent for other data. */
  readonly apiKey?: number;
  readonly listeners?: readonly ('broker' | 'controller')[];
  /** Versions that exist; `none` for a retired RPC. */
  readonly versions: VersionSet;
  readonly flexible: VersionSet;
  readonly latestVersionUnstable?: boolean;
  readonly fields: Fields;
}

type NullIf<Options extends FieldOptions> = Options extends { readonly nullable: string } ? null : never;
type Out<T extends Type> =
  T extends Scalar<infer Value, unknown>
    ? Value
    : T extends ArrayOf<infer Element extends Type>
      ? readonly Out<Element>[]
      : T extends Struct<infer Fields extends readonly Field[]>
        ? OutFields<Fields>
        : never;
type OutFields<Fields extends readonly Field[]> = {
  readonly [F in Fields[number] as Uncapitalize<F['name']>]: Out<F['type']> | NullIf<F['options']>;
};
type In<T extends Type> =
  T extends Scalar<unknown, infer Value>
    ? Value
    : T extends ArrayOf<infer Element extends Type>
      ? readonly In<Element>[]
      : T extends Struct<infer Fields extends readonly Field[]>
        ? InFields<Fields>
        : never;
type MayBeAbsent<F extends Field> = F['versions'] extends '0+'
  ? F['options'] extends { readonly default: unknown } | { readonly tag: number }
    ? true
    : false
  : true;
type InFields<Fields extends readonly Field[]> = {
  readonly [F in Fields[number] as MayBeAbsent<F> extends true ? never : Uncapitalize<F['name']>]: In<F['type']> | NullIf<F['options']>;
} & {
  readonly [F in Fields[number] as MayBeAbsent<F> extends true ? Uncapitalize<F['name']> : never]?: In<F['type']> | NullIf<F['options']>;
};

/** What decoding a message, or a struct of it, gives. */
export type Infer<M> = M extends Message<infer Fields> ? OutFields<Fields> : M extends Struct<infer Fields> ? OutFields<Fields> : never;
/** What encoding takes: fields that have a default, are tagged or do not exist in all versions may be left out. */
export type Input<M> = M extends Message<infer Fields> ? InFields<Fields> : M extends Struct<infer Fields> ? InFields<Fields> : never;

const scalar = <O, I = O>(name: ScalarName): Scalar<O, I> => ({ kind: 'scalar', name });
export const bool = scalar<boolean>('bool');
export const int8 = scalar<number>('int8');
export const int16 = scalar<number>('int16');
export const uint16 = scalar<number>('uint16');
export const int32 = scalar<number>('int32');
export const uint32 = scalar<number>('uint32');
/** Decodes to a number; a value outside +-(2^53 - 1) is a decode error. */
export const int64 = scalar<number>('int64');
export const int64Bits: Scalar<bigint> = { kind: 'scalar', name: 'int64', bits: true };
export const float64 = scalar<number>('float64');
export const uuid = scalar<Uuid>('uuid');
export const string = scalar<string>('string');
/** Decodes to a view of the frame. */
export const bytes = scalar<Uint8Array>('bytes');
export const records = scalar<Uint8Array, Uint8Array | ByteSource>('records');
export const array = <Element extends Type>(element: Element): ArrayOf<Element> => ({ kind: 'array', element });
export const struct = <const Fields extends readonly Field[]>(name: string, fields: Fields): Struct<Fields> => ({ kind: 'struct', name, fields });

export const field = <
  const Name extends string,
  T extends Type,
  const Versions extends VersionSet,
  const Options extends FieldOptions = Record<never, never>,
>(
  name: Name,
  type: T,
  versions: Versions,
  options?: Options,
): Field<Name, T, Versions, Options> => ({ name, type, versions, options: options ?? ({} as Options) });

export const message = <const Fields extends readonly Field[]>(definition: Message<Fields>): Message<Fields> => definition;
