/** Readers of option values: each answers the value or says what a right one looks like. */
import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';
import type { Defect } from '../simulation/defect/defect.ts';
import { defectNamed, defects } from '../simulation/defect/defects.ts';
import type { Shard } from './swarm-plan.ts';

const whole =
  (min: number, max: number, what: string) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) throw new InvalidArgumentError(`Give ${what} from ${min} to ${max}.`);
    return value;
  };

export const seedCount = whole(1, 100_000_000, 'a whole number of seeds');
export const seedNumber = whole(0, Number.MAX_SAFE_INTEGER, 'a seed: a whole number');
/** How many workers there are when nobody says. */
export const processorCount = (): number => availableParallelism();
export const workerCount = whole(1, 512, 'a whole number of workers');
export const brokerCount = whole(1, 50, 'a whole number of brokers');
export const portNumber = whole(0, 65_535, 'a port, or 0 for any free one,');

export function minuteCount(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100_000)) throw new InvalidArgumentError('Give a number of minutes above 0; fractions are fine.');
  return value;
}

/** An empty one is a variable that somebody forgot to set. */
export function baseText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Give any text, such as the hash of a commit.');
  return text;
}

export const runCount = whole(1, 100_000_000, 'a whole number of runs');

export function secondCount(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1_000_000)) throw new InvalidArgumentError('Give a number of seconds above 0, at most 1000000.');
  return value;
}

export function percentage(text: string): number {
  const value = /^[\d.]+%?$/.test(text) ? Number(text.replace('%', '')) : Number.NaN;
  if (!(value >= 0 && value <= 100)) throw new InvalidArgumentError('Give a share in percent from 0 to 100, such as 2 or 0.5.');
  return value;
}

export function shardOf(text: string): Shard {
  const [, index, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index === undefined || of === undefined || index < 1 || index > of || of > 10_000)
    throw new InvalidArgumentError('Give a part and the number of parts, such as 2/8; parts count from 1, and there are at most 10000.');
  return { index, of };
}

export function virtualSeconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1_000_000)) throw new InvalidArgumentError('Give a number of virtual seconds above 0; fractions are fine.');
  return value;
}

export function knownDefect(id: string): Defect {
  const defect = defectNamed(id);
  if (defect === undefined) throw new InvalidArgumentError(`There is no defect of this id; there are ${defects.map((each) => each.id).join(', ')}.`);
  return defect;
}
