/**
 * Lists that mostly stay empty or get one element. The first push() onto an empty array sets aside room for seventeen, which is most of what
 * a short-lived list costs; a list that begins with its first element takes what it needs.
 */

/** Adds to a list that is made with its first element. */
export function append<T>(list: T[] | undefined, element: T): T[] {
  if (list === undefined) return [element];
  list.push(element);
  return list;
}
