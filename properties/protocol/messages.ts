/** All messages of the source, found by looking at its files, so that a new one is under every property without being named here. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Message } from '../../src/protocol/schema/schema.ts';
import { versionRange } from '../../src/protocol/schema/versions.ts';

const folder = fileURLToPath(new URL('../../src/protocol/messages', import.meta.url));

const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'kind' in value && 'versions' in value && 'fields' in value;

async function load(): Promise<readonly Message[]> {
  const found: Message[] = [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  for (const file of files.sort()) found.push(...Object.values<unknown>(await import(join(folder, file))).filter(isMessage));
  return found;
}

export const allMessages: readonly Message[] = await load();

/** The versions of a message, ascending; none for a retired one. */
export function versionsOf(message: Message): readonly number[] {
  const range = versionRange(message.versions);
  return range === undefined ? [] : Array.from({ length: range.max - range.min + 1 }, (_, index) => range.min + index);
}

export const liveMessages: readonly Message[] = allMessages.filter((message) => versionsOf(message).length > 0);
