/** The event queue against a sorted list. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventQueue, QueuedEvent } from '../../../src/io/virtual/event-queue.ts';

class Named extends QueuedEvent {
  readonly name: number;
  constructor(name: number) {
    super();
    this.name = name;
  }
  fire(): void {
    throw new Error('the queue never fires');
  }
}

describe('the event queue', () => {
  test('hands out what was not cancelled by time, and by order of arrival within a time, in whatever mix of calls', () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.nat(20) },
      { weight: 2, arbitrary: fc.constant('pop' as const) },
      fc.constant('cancel' as const),
      fc.record({ moveTo: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 1200, size: 'max' }), (actions) => {
        const queue = new EventQueue();
        let model: { timeUs: number; event: Named; order: number }[] = [];
        const pop = (): number | undefined => {
          while (queue.size > 0) {
            const event = queue.pop();
            if (event instanceof Named) return event.name;
          }
          return undefined;
        };
        const expected = (): number | undefined => {
          const [first] = model.toSorted((a, b) => a.timeUs - b.timeUs || a.order - b.order);
          model = model.filter((entry) => entry !== first);
          return first?.event.name;
        };
        for (const [index, what] of actions.entries()) {
          if (what === 'pop') expect(pop()).toBe(expected());
          else if (typeof what === 'object') {
            const victim = model[Math.floor(model.length / 3)];
            if (victim === undefined) continue;
            queue.move(victim.event, what.moveTo);
            model = [...model.filter((entry) => entry !== victim), { timeUs: what.moveTo, event: victim.event, order: index }];
          } else if (what === 'cancel') {
            const victim = model[Math.floor(model.length / 2)];
            if (victim !== undefined) queue.cancel(victim.event);
            model = model.filter((entry) => entry !== victim);
          } else {
            const event = new Named(index);
            queue.push(what, event);
            model.push({ timeUs: what, event, order: index });
          }
          expect(queue.live).toBe(model.length);
        }
        while (model.length > 0) expect(pop()).toBe(expected());
        expect(pop()).toBeUndefined();
      }),
      { numRuns: 30, seed: 3 },
    );
  });

  test('cancelled timers do not pile up', () => {
    const queue = new EventQueue();
    for (let index = 0; index < 100_000; index++) {
      const event = new Named(index);
      queue.push(30_000_000 + index, event);
      queue.cancel(event);
    }
    expect(queue.size).toBeLessThan(1000);
    expect(queue.live).toBe(0);
  });
});
