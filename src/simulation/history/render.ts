/** One readable line for each NodeEvent: for `replay --trace` and for stories. */
import type { NodeEvent } from '../../io/node-event.ts';

/** Without time and node, which the caller puts in front. */
export function renderEvent(event: NodeEvent): string {
  return event.type;
}
