/** Lists of whole numbers as scenarios write them: `3-5, 9`. Owns the text form only; what is numbered is told where the field is. */
import { failed, ok, type Result } from '../../model/result.ts';

/** The highest number is one less. */
export const mostNumbers = 1_000_000;

/** The numbers that a text names, ascending; or what is wrong with it. */
export function readNumbers(text: string): Result<readonly number[], string> {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const range = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(part);
    if (range === null) return failed(`cannot read "${part.trim()}"; write numbers and ranges such as 3-5, 9`);
    const first = Number(range[1]);
    const last = Number(range[2] ?? first);
    if (last < first) return failed(`${first}-${last} goes backwards`);
    if (first <= (numbers.at(-1) ?? -1)) return failed(`${first} comes after ${numbers.at(-1)}; write them ascending, each once`);
    for (let number = first; number <= last; number++) numbers.push(number);
  }
  return ok(numbers);
}

/** `numbers`: ascending, each once, at least one. */
export function writeNumbers(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < numbers.length; ) {
    const first = numbers[at] ?? 0;
    let length = 1;
    while (numbers[at + length] === first + length) length++;
    parts.push(length === 1 ? `${first}` : `${first}-${first + length - 1}`);
    at += length;
  }
  return parts.join(', ');
}
