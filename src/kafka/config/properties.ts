/** The text form of Kafka's configuration files: Java properties, as far as people write them (no unicode escapes). */

/** Key to value; a later line wins. `#` and `!` begin a comment, `=`, `:` or a blank part key and value, a final backslash continues the line. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const joined = text.replace(/\r\n?/g, '\n').replace(/\\\n[ \t]*/g, '');
  for (const line of joined.split('\n')) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]?\s*(.*?)\s*$/.exec(line);
    if (match !== null) values.set(match[1] ?? '', match[2] ?? '');
  }
  return values;
}
