/** Faults of the virtual network: what each does to connections, and what healing brings back. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/io/network.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import type { VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { World } from '../../../src/io/world.ts';
import { bytesOf, End } from '../rig.ts';

const second = 1_000_000;
let simulator: Simulator;
let a: VirtualHost;
let b: VirtualHost;
let accepted: End[];

const serve = (world: World): void => {
  const listener = world.network.listen(9092, (connection) => {
    const end = new End(connection);
    accepted.push(end);
    return end;
  });
  expect(listener.ok).toBe(true);
};

function connect(from = a, to = 'b'): End {
  let end: End | undefined;
  from.enter(() =>
    from.incarnation?.network.connect(to, 9092, (connection) => {
      end = new End(connection);
      return end;
    }),
  );
  if (end === undefined) throw new Error('the host is down');
  return end;
}

/** A connection from a to b that is up, both ends. */
function connected(): readonly [End, End] {
  const near = connect();
  pass(0.1);
  const far = accepted.at(-1);
  if (far === undefined) throw new Error('not accepted');
  expect(near.log).toEqual(['opened']);
  return [near, far];
}

const pass = (seconds: number): void => {
  simulator.run(simulator.nowUs + seconds * second);
};
const write = (end: End, text: string): boolean => end.connection.write(bytesOf(text));

beforeEach(() => {
  accepted = [];
  simulator = new Simulator({ seed: 'faults' });
  a = simulator.host('a', { id: 1 });
  b = simulator.host('b', { id: 2 });
  a.boot(() => undefined);
  b.boot(serve);
});

describe('a partition', () => {
  test('holds back bytes both ways, those in flight included, and delivers them in order after it heals', () => {
    const [near, far] = connected();
    write(near, 'in flight ');
    write(far, 'in flight ');
    const cut = simulator.faults.partition([a], [b]);
    for (const word of ['one ', 'two ', 'three']) {
      pass(1);
      write(near, word);
      write(far, word);
    }
    pass(10);
    expect(far.text + near.text).toBe('');
    cut.heal();
    write(near, ' and more');
    pass(2);
    expect(far.text).toBe('in flight one two three and more');
    expect(near.text).toBe('in flight one two three');
  });

  test('keeps the order also of what was on the wire when it came and went', () => {
    for (let round = 0; round < 50; round++) {
      const [near, far] = connected();
      let expected = '';
      for (let piece = 0; piece < 20; piece++) {
        write(near, `${piece} `);
        expected += `${piece} `;
        const cut = piece % 3 === 0 ? simulator.faults.partition([a], [b]) : undefined;
        pass(0.0002);
        cut?.heal();
      }
      pass(3);
      expect(far.text).toBe(expected);
    }
  });

  test('in one direction lets the other through', () => {
    const [near, far] = connected();
    const cut = simulator.faults.partition([a], [b], { oneWay: true });
    write(near, 'lost');
    write(far, 'heard');
    pass(1);
    expect(far.text).toBe('');
    expect(near.text).toBe('heard');
    cut.heal();
    cut.heal();
    pass(2);
    expect(far.text).toBe('lost');
  });

  test('that overlaps another is over when both are healed', () => {
    const [near, far] = connected();
    const one = simulator.faults.partition([a], [b]);
    const two = simulator.faults.partition([b], [a]);
    write(near, 'x');
    one.heal();
    pass(5);
    expect(far.text).toBe('');
    two.heal();
    pass(2);
    expect(far.text).toBe('x');
  });

  test('lets connects hang until it heals, or until they time out after 21 s', () => {
    const cut = simulator.faults.partition([a], [b]);
    const patient = connect();
    pass(2.5);
    expect(patient.log).toEqual([]);
    cut.heal();
    pass(1);
    expect(patient.log).toEqual(['opened']);
    expect(accepted[0]?.log).toEqual(['opened']);
    simulator.faults.partition([a], [b]);
    const vain = connect();
    pass(20.9);
    expect(vain.log).toEqual([]);
    pass(0.2);
    expect(vain.log).toEqual(['closed timeout']);
  });

  test('from server to client lets the client’s connect hang, and accepts nothing before the client knows', () => {
    const cut = simulator.faults.partition([b], [a], { oneWay: true });
    const end = connect();
    pass(3);
    expect(end.log).toEqual([]);
    expect(accepted).toEqual([]);
    cut.heal();
    pass(2);
    expect(end.log).toEqual(['opened']);
    expect(accepted.length).toBe(1);
  });

  test('swallows a reset: the peer learns of it when it writes', () => {
    const [near, far] = connected();
    const cut = simulator.faults.partition([a], [b]);
    near.connection.reset();
    pass(1);
    expect(near.log).toEqual(['opened', 'closed reset']);
    cut.heal();
    pass(5);
    expect(far.log).toEqual(['opened']);
    write(far, 'anyone there?');
    pass(0.1);
    expect(far.log).toEqual(['opened', 'closed reset']);
  });

  test('delivers an end in order after it heals', () => {
    const [near, far] = connected();
    const cut = simulator.faults.partition([a], [b]);
    write(near, 'last words');
    near.connection.end();
    pass(5);
    expect(far.over).toBe(false);
    cut.heal();
    pass(2);
    expect(far.text).toBe('last words');
    expect([near.log.at(-1), far.log.at(-1)]).toEqual(['closed end', 'closed end']);
  });

  test('that outlasts an end breaks it off after 30 s', () => {
    const [near] = connected();
    simulator.faults.partition([a], [b]);
    near.connection.end();
    pass(29);
    expect(near.over).toBe(false);
    pass(2);
    expect(near.log.at(-1)).toBe('closed reset');
  });

  test('that meets a connect which was already ended lets it time out, and an end that it meets later breaks off', () => {
    const cut = simulator.faults.partition([a], [b]);
    const vain = connect();
    vain.connection.end();
    pass(21.1);
    expect(vain.log).toEqual(['closed timeout']);
    const late = connect();
    late.connection.end();
    cut.heal();
    simulator.faults.latency([a], [b], { extraUs: 300_000, jitterUs: 0 });
    pass(1.75);
    expect(late.log).toEqual(['opened']);
    simulator.faults.partition([a], [b]);
    pass(31);
    expect(late.log).toEqual(['opened', 'closed reset']);
  });

  test('fills the writer’s buffer, and drained() comes when it is over', () => {
    const [near, far] = connected();
    const cut = simulator.faults.partition([a], [b]);
    let count = 0;
    while (count < 1000 && near.connection.write(new Uint8Array(65_536))) count++;
    expect(count).toBe(16);
    pass(5);
    expect(near.log).toEqual(['opened']);
    cut.heal();
    pass(2);
    expect(near.log).toEqual(['opened', 'drained']);
    expect(far.text.length).toBe(17 * 65_536);
  });
});

describe('other faults of links', () => {
  test('a stall keeps everything and brings it soon after', () => {
    const [near, far] = connected();
    const stall = simulator.faults.stall([a], [b]);
    write(near, 'x');
    near.connection.reset();
    pass(60);
    expect(far.log).toEqual(['opened']);
    stall.heal();
    pass(0.01);
    expect(far.log.at(-1)).toBe('closed reset');
  });

  test('latency is added to a link, and goes again', () => {
    const [near, far] = connected();
    const slow = simulator.faults.latency([a], [b], { extraUs: 500_000, jitterUs: 0 }, { oneWay: true });
    write(near, 'slow');
    write(far, 'fast');
    pass(0.4);
    expect([far.text, near.text]).toEqual(['', 'fast']);
    pass(0.2);
    expect(far.text).toBe('slow');
    slow.heal();
    write(near, ' again');
    pass(0.01);
    expect(far.text).toBe('slow again');
  });

  test('bandwidth is shared by the connections of a link', () => {
    const [near, far] = connected();
    const [near2, far2] = connected();
    const limit = simulator.faults.bandwidth([a], [b], 100_000);
    near.connection.write(new Uint8Array(50_000));
    near2.connection.write(new Uint8Array(50_000));
    pass(0.49);
    expect(far.text.length + far2.text.length).toBe(0);
    pass(0.1);
    expect([far.text.length, far2.text.length]).toEqual([50_000, 0]);
    pass(0.5);
    expect(far2.text.length).toBe(50_000);
    limit.heal();
    near.connection.write(new Uint8Array(50_000));
    pass(0.01);
    expect(far.text.length).toBe(100_000);
  });

  test('a hold takes the next write and its connection, and no other', () => {
    const [near, far] = connected();
    const [near2, far2] = connected();
    const hold = simulator.faults.hold(a, b);
    write(near, 'held ');
    write(near2, 'free');
    write(near, 'too');
    pass(10);
    expect([far.text, far2.text]).toEqual(['', 'free']);
    hold.heal();
    pass(0.1);
    expect(far.text).toBe('held too');
    const unused = simulator.faults.hold(a, b);
    unused.heal();
    write(near, '!');
    pass(0.1);
    expect(far.text).toBe('held too!');
  });

  test('refusing and hanging hosts do so until healed, and keep the connections they have', () => {
    const [near, far] = connected();
    const refusal = simulator.faults.refuse([b]);
    const refused = connect();
    pass(0.1);
    expect(refused.log).toEqual(['closed refused']);
    refusal.heal();
    const hang = simulator.faults.hang([b]);
    const hanging = connect();
    pass(3.5);
    expect(hanging.log).toEqual([]);
    write(near, 'x');
    pass(0.1);
    expect(far.text).toBe('x');
    hang.heal();
    pass(1);
    expect(hanging.log).toEqual(['opened']);
  });

  test('resetting breaks every connection between two groups at both ends, whoever connected', () => {
    const [near, far] = connected();
    const c = simulator.host('c', { id: 3 });
    c.boot(() => undefined);
    const other = connect(c);
    pass(0.1);
    expect(simulator.faults.resetConnections([b], [a])).toBe(1);
    pass(0.1);
    expect(near.log.at(-1)).toBe('closed reset');
    expect(far.log.at(-1)).toBe('closed reset');
    expect(other.log).toEqual(['opened']);
  });

  test('a name nobody bears is refused', () => {
    const end = connect(a, 'nobody');
    pass(0.1);
    expect(end.log).toEqual(['closed refused']);
  });
});

describe('a host that dies', () => {
  test('without power loss resets its connections and refuses new ones', () => {
    const [near] = connected();
    b.crash({ powerLoss: false });
    pass(0.1);
    expect(near.log).toEqual(['opened', 'closed reset']);
    const late = connect();
    pass(0.1);
    expect(late.log).toEqual(['closed refused']);
  });

  test('in order ends its connections after what it wrote', () => {
    const [near, far] = connected();
    write(far, 'goodbye');
    b.stop();
    pass(0.1);
    expect(near.log).toEqual(['opened', 'received', 'closed end']);
    expect(far.log).toEqual(['opened']);
  });

  test('by power loss says nothing: the connection is half open until a write meets the rebooted host', () => {
    const [near] = connected();
    b.crash({ powerLoss: true });
    pass(5);
    b.boot(serve);
    pass(300);
    expect(near.log).toEqual(['opened']);
    write(near, 'hello?');
    pass(0.01);
    expect(near.log).toEqual(['opened', 'closed reset']);
  });

  test('and stays off answers nothing; what was written meanwhile is answered with a reset after the reboot', () => {
    const [near] = connected();
    b.crash({ powerLoss: true });
    write(near, 'hello?');
    const late = connect();
    pass(21.5);
    expect(near.log).toEqual(['opened']);
    expect(late.log).toEqual(['closed timeout']);
    const retried = connect();
    pass(1.5);
    b.boot(serve);
    pass(2);
    expect(near.log).toEqual(['opened', 'closed reset']);
    expect(retried.log).toEqual(['opened']);
  });

  test('retransmits nothing: what a partition held back is gone, what was on the wire arrives', () => {
    const [near, far] = connected();
    write(near, 'on the wire');
    a.crash({ powerLoss: true });
    pass(0.1);
    expect(far.text).toBe('on the wire');
    a.boot(() => undefined);
    const [near2, far2] = connected();
    const cut = simulator.faults.partition([a], [b]);
    write(near2, 'held back');
    a.crash({ powerLoss: true });
    cut.heal();
    pass(5);
    expect(far2.log).toEqual(['opened']);
    expect(near2.log).toEqual(['opened']);
  });

  test('hears nothing any more: no bytes, no timers, no closes', () => {
    const [near, far] = connected();
    const fired: string[] = [];
    b.enter(() => b.incarnation?.clock.after('timer', 10, () => fired.push('timer')));
    write(near, 'x');
    b.crash({ powerLoss: false });
    b.boot(serve);
    pass(1);
    expect(fired).toEqual([]);
    expect(far.log).toEqual(['opened']);
  });
});

describe('a paused host', () => {
  test('is handed nothing until it goes on, and then everything in order, while its kernel takes bytes and handshakes', () => {
    const log: string[] = [];
    const [near, far] = connected();
    far.onReceived = (_, bytes) => log.push(String.fromCharCode(...bytes));
    b.enter(() => {
      const clock = b.incarnation?.clock;
      clock?.after('early', 50, () => log.push('early timer'));
      clock?.after('late', 3000, () => log.push('late timer'));
    });
    b.pause();
    pass(0.01);
    write(near, 'a');
    const second = connect();
    pass(1);
    write(near, 'b');
    pass(0.01);
    b.enter(() => log.push('entered'));
    pass(1);
    expect(log).toEqual([]);
    expect(second.log).toEqual(['opened']);
    b.resume();
    expect(log).toEqual([]);
    simulator.run(simulator.nowUs);
    expect(log).toEqual(['a', 'early timer', 'b', 'entered']);
    expect(accepted.length).toBe(2);
    pass(2);
    expect(log.at(-1)).toBe('late timer');
  });

  test('fires no timer that was cancelled by what came before it', () => {
    const fired: string[] = [];
    b.enter(() => {
      const clock = b.incarnation?.clock;
      const second = clock?.after('second', 20, () => fired.push('second'));
      clock?.after('first', 10, () => {
        fired.push('first');
        second?.cancel();
      });
    });
    b.pause();
    pass(1);
    b.resume();
    pass(1);
    expect(fired).toEqual(['first']);
  });

  test('that is paused again at once stays paused, and a crash ends the pause', () => {
    const fired: string[] = [];
    b.enter(() => b.incarnation?.clock.after('timer', 10, () => fired.push('timer')));
    b.pause();
    pass(1);
    b.resume();
    b.pause();
    pass(1);
    expect(fired).toEqual([]);
    b.crash({ powerLoss: false });
    b.resume();
    b.boot(() => fired.push('booted'));
    pass(1);
    expect(fired).toEqual(['booted']);
  });
});

describe('streams without faults', () => {
  test('keep their order when a reader resumes at the very moment at which more arrives', () => {
    const steady = new Simulator({ seed: 'steady', latencyUs: 1000, jitterUs: 0 });
    const far: End[] = [];
    const near: End[] = [];
    const keep = (ends: End[]) => (connection: Connection) => {
      const end = new End(connection);
      ends.push(end);
      return end;
    };
    steady.host('b', { id: 2 }).boot((world) => void world.network.listen(1, keep(far)));
    steady.host('a', { id: 1 }).boot((world) => void world.network.connect('b', 1, keep(near)));
    steady.run(10_000);
    far[0]?.connection.pause();
    near[0]?.connection.write(bytesOf('first '));
    steady.run(20_000);
    steady.at(21_000, 'resume', () => far[0]?.connection.resume());
    near[0]?.connection.write(bytesOf('second'));
    steady.run(30_000);
    expect(far[0]?.text).toBe('first second');
  });

  test('cost one entry of the queue and one dispatch a write, or fewer, but for the share that is cut', () => {
    const [near, far] = connected();
    const { queue } = simulator.engine;
    const pushed = queue.pushed;
    const dispatches = simulator.dispatches;
    const writes = 10_000;
    for (let index = 0; index < writes; index++) {
      write(near, 'x'.repeat(50));
      pass(0.002);
    }
    expect(far.text.length).toBe(writes * 50);
    const entries = queue.pushed - pushed;
    expect(simulator.dispatches - dispatches).toBe(entries);
    // One write in 32 is cut in two.
    expect(entries).toBeGreaterThan(writes * 1.02);
    expect(entries).toBeLessThan(writes * 1.045);
  });

  test('join some of the writes that catch up with others', () => {
    const [near, far] = connected();
    const dispatches = simulator.dispatches;
    for (let index = 0; index < 1000; index++) write(near, 'x'.repeat(50));
    pass(1);
    expect(far.text.length).toBe(50_000);
    expect(simulator.dispatches - dispatches).toBeLessThan(700);
  });
});
