/** A client history only grows, and every operation in it ends at most once. */
import { describe, expect, test } from 'vitest';
import { offset } from '../../../src/model/brand.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { History } from '../../../src/simulation/history/history.ts';

const partition = topicPartition('orders', 0);
const sample = () => {
  let timeUs = 0;
  const history = new History(() => (timeUs += 10));
  const process = history.process('producer', { idempotent: true, maxInFlight: 5 });
  const send = (value: string) => history.invoke(process, { type: 'send', topic: 'orders', partition, key: null, value, acks: -1 });
  return { history, send };
};

describe('a history', () => {
  test('keeps operations by invocation, with virtual times and the order in which they ended', () => {
    const { history, send } = sample();
    const first = send('a');
    const second = send('b');
    history.info(second, 'REQUEST_TIMED_OUT');
    history.ok(first, { type: 'send', partition, offset: offset(3) });
    expect(history.operations.map((each) => [each.index, each.timeUs, each.completion?.type, each.completion?.timeUs])).toEqual([
      [0, 10, 'ok', 40],
      [1, 20, 'info', 30],
    ]);
    expect(history.completed).toEqual([second, first]);
    expect(history.processes).toEqual([{ id: 0, name: 'producer', producer: { idempotent: true, maxInFlight: 5 } }]);
  });
  test('ends an operation once', () => {
    const { history, send } = sample();
    const operation = send('a');
    history.fail(operation, 'INVALID_TOPIC_EXCEPTION');
    expect(() => history.fail(operation, 'again')).toThrow('an operation ends once');
    expect(() => history.ok(operation, { type: 'send', partition, offset: offset(0) })).toThrow('an operation ends once');
  });
  test('takes back only what it handed out, and only from processes that it knows', () => {
    const { history, send } = sample();
    send('a');
    const foreign = sample().send('a');
    expect(() => history.info(foreign, 'x')).toThrow('in the history that made it');
    expect(() => history.invoke(9, { type: 'poll' })).toThrow('a known process');
  });
});
