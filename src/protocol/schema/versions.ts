/**
 * Sets of versions as Kafka's message files write them: `none`, `3`, `3+`, `2-5`. Owns only their meaning; what a version of a message
 * looks like on the wire is `codec.ts`.
 */
import { invariant } from '../../model/invariant.ts';
import type { VersionSet } from './schema.ts';

/** Both ends belong to it. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

const highest = 32767;
const parsed = new Map<VersionSet, VersionRange | undefined>();

/** The range a set stands for, `3+` reaching to 32767; undefined for `none`. Throws on text that is no version set. */
export function versionRange(set: VersionSet): VersionRange | undefined {
  if (parsed.has(set)) return parsed.get(set);
  const range = parse(set);
  parsed.set(set, range);
  return range;
}

export function hasVersion(set: VersionSet, version: number): boolean {
  const range = versionRange(set);
  return range !== undefined && version >= range.min && version <= range.max;
}

/** A range as Kafka writes it: `3-13`, or `0` when both ends are the same. */
export const rangeText = (range: VersionRange): VersionSet => (range.min === range.max ? String(range.min) : `${range.min}-${range.max}`);

function parse(set: VersionSet): VersionRange | undefined {
  if (set === 'none') return undefined;
  const match = /^(\d+)(?:-(\d+)|(\+))?$/.exec(set);
  invariant(match !== null, 'a version set is none, 3, 3+ or 2-5', set);
  const min = Number(match[1]);
  const max = match[3] !== undefined ? highest : match[2] !== undefined ? Number(match[2]) : min;
  invariant(min <= max && max <= highest, 'a version set runs upwards and stays within an int16', set);
  return { min, max };
}
