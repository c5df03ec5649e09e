/**
 * What a set of listeners serves, as data for people and tools: each RPC with the range of versions and both its messages in Kafka's JSON form.
 */
import type { Api } from './apis.ts';
import { describe, type MessageDescription } from './schema/describe.ts';
import { rangeText, type VersionRange } from './schema/versions.ts';

/** An RPC and the versions of it that a listener serves. */
export interface Served {
  readonly api: Api;
  readonly versions: VersionRange;
}

export interface ApiDescription {
  readonly apiKey: number;
  /** Kafka's name of the message pair, such as `Fetch`. */
  readonly name: string;
  /** From the lowest to the highest version that any of the listeners serves, such as `3-13`. */
  readonly versions: string;
  readonly request: MessageDescription;
  readonly response: MessageDescription;
}

/** By ascending key; an RPC that several listeners serve is there once. */
export function describeApis(served: Iterable<Served>): { readonly apis: readonly ApiDescription[] } {
  const byKey = new Map<number, Served>();
  for (const each of served) {
    const known = byKey.get(each.api.key);
    byKey.set(each.api.key, known === undefined ? each : { api: each.api, versions: union(known.versions, each.versions) });
  }
  const sorted = [...byKey.values()].sort((a, b) => a.api.key - b.api.key);
  return {
    apis: sorted.map(({ api, versions }) => ({
      apiKey: api.key,
      name: api.name,
      versions: rangeText(versions),
      request: describe(api.request),
      response: describe(api.response),
    })),
  };
}

const union = (a: VersionRange, b: VersionRange): VersionRange => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
