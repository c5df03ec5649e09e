/**
 * Frames that a hostile or broken peer might send: valid requests of every API and version, damaged in every way that came to mind, and noise.
 * The same seed gives the same frames. For the decoders and for whoever serves a socket.
 */
import fc from 'fast-check';
import { type Api, allApis } from '../../src/protocol/apis.ts';
import { encodeRequest, encodeResponse } from '../../src/protocol/frame.ts';
import type { Input, Message } from '../../src/protocol/schema/schema.ts';
import { aimed, groupAims, groupApis } from './aim.ts';
import { arbitraryOf } from './arbitrary.ts';
import { versionsOf } from './messages.ts';

export const damages = ['cut', 'stopped', 'frame-length', 'inner-length', 'version', 'key', 'flipped', 'spliced', 'noise', 'whole'] as const;
export type Damage = (typeof damages)[number];

export interface Mutant {
  readonly damage: Damage;
  /** As sent: the length field, which may lie, and what follows it. */
  readonly bytes: Uint8Array;
}

/** Numbers from 0 to 2^32 - 1 (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Whole frames of each version of each API, `each` of them. */
export function validRequests(seed: number, each: number): readonly Uint8Array[] {
  return allApis.flatMap((api) =>
    versionsOf(api.request).flatMap((version) =>
      fc
        .sample(arbitraryOf(api.request, version), { numRuns: each, seed: seed + api.key * 100 + version })
        .map((body, index) => encodeRequest(api, version, index, index % 3 === 0 ? null : 'client', body)),
    ),
  );
}

/** Whole frames of each version of the APIs of groups, `each` of them, that mean one group. */
export function groupRequests(seed: number, each: number): readonly Uint8Array[] {
  return groupApis.flatMap((api) =>
    versionsOf(api.request).flatMap((version) =>
      fc
        .sample(arbitraryOf<Message>(api.request, version), { numRuns: each, seed: seed + api.key * 100 + version })
        .map((body, index) => encodeRequest<Message>(api, version, index, 'client', aimed(body, groupAims) as Input<Message>)),
    ),
  );
}

export interface ValidResponse {
  readonly api: Api;
  readonly version: number;
  readonly bytes: Uint8Array;
}

export function validResponses(seed: number, each: number): readonly ValidResponse[] {
  return allApis.flatMap((api) =>
    versionsOf(api.response).flatMap((version) =>
      fc.sample(arbitraryOf(api.response, version), { numRuns: each, seed: seed + api.key * 100 + version }).map((body, index) => {
        const parts = encodeResponse(api, version, index, body).parts.filter((part) => part instanceof Uint8Array);
        return { api, version, bytes: new Uint8Array(Buffer.concat(parts)) };
      }),
    ),
  );
}

const hostileInts = [0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x05000001, 0x00ffffff];
const hostileVarints = [
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0x80, 0x80, 0x80, 0x80],
];

/** One damaged frame made of valid ones. */
export function mutate(roll: () => number, pool: readonly Uint8Array[]): Mutant {
  const pick = (): Uint8Array => (pool[roll() % pool.length] ?? new Uint8Array(4)).slice();
  const damage = damages[roll() % damages.length] ?? 'noise';
  const bytes = pick();
  const view = new DataView(bytes.buffer);
  const anywhere = (): number => 4 + (roll() % Math.max(1, bytes.length - 4));
  switch (damage) {
    case 'cut':
      return { damage, bytes: withLength(bytes.subarray(0, anywhere())) };
    case 'stopped':
      return { damage, bytes: bytes.subarray(0, roll() % bytes.length) };
    case 'frame-length':
      view.setUint32(0, roll() % 2 === 0 ? (hostileInts[roll() % hostileInts.length] ?? 0) : roll() % (bytes.length * 2));
      return { damage, bytes };
    case 'inner-length': {
      const hostile = roll() % 2 === 0 ? intBytes(hostileInts[roll() % hostileInts.length] ?? 0) : (hostileVarints[roll() % 4] ?? []);
      const at = anywhere();
      for (const [index, byte] of hostile.entries()) if (at + index < bytes.length) bytes[at + index] = byte;
      return { damage, bytes };
    }
    case 'version':
    case 'key':
      if (bytes.length >= 8) view.setInt16(damage === 'key' ? 4 : 6, roll() % 4 === 0 ? roll() : (roll() % 120) - 2);
      return { damage, bytes };
    case 'flipped':
      for (let count = 1 + (roll() % 8); count > 0; count--) bytes[anywhere() % bytes.length] = roll();
      return { damage, bytes };
    case 'spliced': {
      const other = pick();
      return { damage, bytes: withLength(Buffer.concat([bytes.subarray(0, anywhere()), other.subarray(roll() % other.length)])) };
    }
    case 'noise': {
      const noise = new Uint8Array(4 + (roll() % 200));
      for (let at = 4; at < noise.length; at++) noise[at] = roll();
      return { damage, bytes: withLength(noise) };
    }
    case 'whole':
      return { damage, bytes };
  }
}

/** `count` damaged requests. */
export function* mutatedRequests(seed: number, count: number): Generator<Mutant> {
  const roll = dice(seed);
  const pool = [...validRequests(seed, 3), ...groupRequests(seed, 3)];
  for (let made = 0; made < count; made++) yield mutate(roll, pool);
}

function withLength(bytes: Uint8Array): Uint8Array {
  const framed = Uint8Array.from(bytes);
  if (framed.length >= 4) new DataView(framed.buffer).setInt32(0, framed.length - 4);
  return framed;
}

const intBytes = (value: number): readonly number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
