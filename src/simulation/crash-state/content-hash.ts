/** Tells one content of a disk from another: 64 bits over names and bytes. */
import type { DiskContent } from './recorded-disk.ts';

export function hashOf(content: DiskContent): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const fold = (value: number): void => {
    a = Math.imul(a ^ value, 0x01000193);
    b = Math.imul(b ^ value, 0x85ebca6b) ^ (b >>> 13);
  };
  const foldText = (text: string): void => {
    for (let at = 0; at < text.length; at++) fold(text.charCodeAt(at));
    fold(0x100);
  };
  for (const folder of content.folders) foldText(folder);
  for (const [path, bytes] of [...content.files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    foldText(path);
    for (const byte of bytes) fold(byte);
    fold(0x101);
  }
  return `${a >>> 0}:${b >>> 0}`;
}
