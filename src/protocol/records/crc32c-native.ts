/** The native CRC-32C of the package @node-rs/crc32, undefined where it has no binary for this machine. A pure function; the only one that imports it. */
import { createRequire } from 'node:module';

type Checksum = (input: Uint8Array) => number;

function load(): Checksum | undefined {
  // A static import would make the package's absence fatal, and import() is asynchronous.
  const fetch = createRequire(import.meta.url);
  try {
    const loaded: unknown = fetch('@node-rs/crc32');
    if (typeof loaded === 'object' && loaded !== null && 'crc32c' in loaded && typeof loaded.crc32c === 'function') return loaded.crc32c as Checksum;
    return undefined;
  } catch {
    return undefined;
  }
}

export const nativeCrc32c: Checksum | undefined = load();
