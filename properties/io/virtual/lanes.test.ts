/** Lanes: what a slow disk holds up, and what goes on. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Disk, File } from '../../../src/io/disk.ts';
import type { Connection } from '../../../src/io/network.ts';
import { slowableLanes } from '../../../src/io/virtual/lanes.ts';
import { Simulator } from '../../../src/io/virtual/simulator.ts';
import { DispatchKind } from '../../../src/io/virtual/trace-sink.ts';
import type { VirtualHost } from '../../../src/io/virtual/virtual-host.ts';
import type { Lane, World } from '../../../src/io/world.ts';
import { bytesOf, End } from '../rig.ts';

let simulator: Simulator;
let host: VirtualHost;
let world: World;
/** What happened, as `what@ms`. */
let log: string[];

const note = (what: string): void => {
  log.push(`${what}@${simulator.nowUs / 1000}`);
};

function fileOn(disk: Disk | undefined, path = 'f'): File {
  const file = disk?.open(path, 'create');
  if (file?.ok !== true) throw new Error('no file');
  return file.value;
}

beforeEach(() => {
  log = [];
  simulator = new Simulator({ seed: 'lanes', latencyUs: 1000, jitterUs: 0 });
  host = simulator.host('node', { id: 1, disks: ['a', 'b'], diskModel: { syncPerOperationUs: 10_000 } });
  host.boot((booted) => {
    world = booted;
  });
});

describe('a step with disk work', () => {
  test('keeps its lane until the work is done, while other lanes go on', () => {
    const file = fileOn(world.disks.get('a'));
    host.enter(() => {
      world.on('fetcher-1', () => {
        note('first');
        file.sync();
      });
      world.on('fetcher-1', () => note('second'));
      world.on('heartbeat', () => note('heartbeat'));
    });
    simulator.run(100_000);
    expect(log).toEqual(['first@0', 'heartbeat@0', 'second@10']);
  });

  test('lets out what it sends, starts and asks for only when the work is done', () => {
    const server = simulator.host('server', { id: 2 });
    server.boot((there) =>
      there.network.listen(1, (connection) =>
        Object.assign(new End(connection), { onOpened: () => note('accepted'), onReceived: () => note('received') }),
      ),
    );
    let connection: Connection | undefined;
    host.enter(() => {
      connection = world.network.connect('server', 1, (made) => new End(made));
    });
    simulator.run(100_000);
    log = [];
    const file = fileOn(world.disks.get('a'));
    host.enter(() =>
      world.on('requests', () => {
        connection?.write(bytesOf('x'));
        world.clock.after('timer', 5, () => note('timer'));
        world.on('background', () => note('background'));
        world.network.connect('server', 1, (made) => new End(made));
        file.syncLater(() => note('synced'));
        file.sync();
        note('returned');
      }),
    );
    simulator.run(200_000);
    expect(log).toEqual(['returned@100', 'background@110', 'received@111', 'accepted@113', 'timer@115', 'synced@120']);
  });

  test('never lets what a connection is written overtake what it was written before', () => {
    const server = simulator.host('server', { id: 2 });
    const far: End[] = [];
    server.boot((there) =>
      there.network.listen(1, (connection) => {
        const end = new End(connection);
        far.push(end);
        return end;
      }),
    );
    let connection: Connection | undefined;
    host.enter(() => {
      connection = world.network.connect('server', 1, (made) => new End(made));
    });
    simulator.run(100_000);
    const file = fileOn(world.disks.get('a'));
    host.enter(() => {
      world.on('requests', () => {
        connection?.write(bytesOf('slow '));
        file.sync();
      });
      world.on('background', () => connection?.write(bytesOf('fast ')));
      connection?.write(bytesOf('last'));
      connection?.end();
    });
    simulator.run(105_000);
    expect(far[0]?.text).toBe('');
    simulator.run(200_000);
    expect(far[0]?.text).toBe('slow fast last');
    expect(far[0]?.over).toBe(true);
  });

  test('shares the device with other lanes, and not with other disks', () => {
    const files = [fileOn(world.disks.get('a')), fileOn(world.disks.get('a'), 'g'), fileOn(world.disks.get('b'))];
    host.enter(() => {
      for (const [index, file] of files.entries())
        world.on(`fetcher-${index}`, () => {
          file.sync();
          world.on(`fetcher-${index}`, () => note(`${index}`));
        });
    });
    simulator.run(100_000);
    expect(log).toEqual(['0@10', '2@10', '1@20']);
  });

  test('may be a callback in no lane: what it puts out after its disk work leaves when that is done', () => {
    const file = fileOn(world.disks.get('a'));
    host.enter(() => {
      world.on('requests', () => note('before'));
      file.sync();
      world.on('requests', () => note('after'));
    });
    simulator.run(100_000);
    expect(log).toEqual(['before@0', 'after@10']);
  });
});

describe('lanes', () => {
  test('keep the order in which steps were asked for, through any number of busy times', () => {
    const file = fileOn(world.disks.get('a'));
    host.enter(() => {
      for (let index = 0; index < 4; index++)
        world.on('raft', () => {
          note(`${index}`);
          if (index % 2 === 0) file.sync();
        });
    });
    simulator.at(5_000, 'late', () => host.enter(() => world.on('raft', () => note('late'))));
    simulator.run(100_000);
    expect(log).toEqual(['0@0', '1@10', '2@10', '3@20', 'late@20']);
  });

  test('of a fast disk make no entries in the queue and no dispatches', () => {
    const { queue } = simulator.engine;
    const before = queue.pushed;
    const dispatches = simulator.dispatches;
    const file = fileOn(world.disks.get('a'));
    host.enter(() => {
      for (let index = 0; index < 100; index++)
        world.on('requests', () => {
          file.write(index, bytesOf('x'));
          world.on('background', () => undefined);
        });
    });
    expect(queue.pushed).toBe(before);
    expect(simulator.dispatches).toBe(dispatches);
  });

  test('that are slow slow down writes when the disk is made slow, until it is healed', () => {
    const file = fileOn(world.disks.get('a'));
    const slow = host.slowDisk({ perOperationUs: 20_000, bytesPerSecond: 1_000_000 });
    const append = (what: string): void =>
      host.enter(() =>
        world.on('fetcher-1', () => {
          file.write(0, new Uint8Array(5000));
          world.on('fetcher-1', () => note(what));
        }),
      );
    append('slow');
    simulator.run(100_000);
    slow.heal();
    slow.heal();
    append('fast');
    expect(log).toEqual(['slow@25', 'fast@100']);
  });

  test('that were queued on a slow disk are done at its own speed once it is healed, and slowly once it is slow', () => {
    const file = fileOn(world.disks.get('a'));
    const sync = (lane: 'fetcher-1' | 'fetcher-2' | 'fetcher-3'): void =>
      host.enter(() =>
        world.on(lane, () => {
          file.sync();
          world.on(lane, () => note(lane));
        }),
      );
    const slow = host.slowDisk({ perOperationUs: 990_000, bytesPerSecond: 1_000_000 });
    sync('fetcher-1');
    sync('fetcher-2');
    file.syncLater(() => note('later'));
    simulator.run(500_000);
    // Half of the first is left, which takes 5 ms now; the others 10 ms each.
    slow.heal();
    simulator.run(600_000);
    sync('fetcher-3');
    host.slowDisk({ perOperationUs: 90_000, bytesPerSecond: 1_000_000 });
    simulator.run(2_000_000);
    expect(log).toEqual(['fetcher-1@505', 'fetcher-2@515', 'later@525', 'fetcher-3@700']);
  });

  test('of which one kind is slow keep each step that long, and what it puts out; others go on', () => {
    const slow = host.slowLanes('requests', 20_000);
    host.enter(() => {
      for (const name of ['1', '2', '3'])
        world.on('requests', () => {
          note(name);
          world.on('background', () => note(`after ${name}`));
        });
      world.on('heartbeat', () => note('heartbeat'));
    });
    simulator.run(30_000);
    expect(log).toEqual(['1@0', 'heartbeat@0', '2@20', 'after 1@20']);
    // Of the second step half is left, which takes no time now, nor does the third.
    slow.heal();
    slow.heal();
    host.enter(() => world.on('requests', () => note('4')));
    simulator.run(100_000);
    expect(log.slice(4)).toEqual(['3@30', '4@30', 'after 2@30', 'after 3@30']);
  });

  test('of fetchers are slowed together, other hosts not at all', () => {
    const other = simulator.host('other', { id: 2 });
    let there: World | undefined;
    other.boot((booted) => {
      there = booted;
    });
    host.slowLanes('fetchers', 10_000);
    host.enter(() => {
      for (const lane of ['fetcher-1', 'fetcher-2'] as const)
        world.on(lane, () => {
          note(lane);
          world.on('background', () => note(`after ${lane}`));
        });
    });
    other.enter(() => there?.on('fetcher-1', () => there?.on('background', () => note('elsewhere'))));
    simulator.run(100_000);
    expect(log).toEqual(['fetcher-1@0', 'fetcher-2@0', 'elsewhere@0', 'after fetcher-1@10', 'after fetcher-2@20']);
  });

  test.each(slowableLanes)('of the kind %s are slow alone', (slowed) => {
    const lanes: readonly Lane[] = ['requests', 'network', 'raft', 'heartbeat', 'background', 'fetcher-1'];
    host.slowLanes(slowed, 10_000);
    host.enter(() => {
      for (const lane of lanes) {
        world.on(lane, () => undefined);
        world.on(lane, () => note(lane));
      }
    });
    simulator.run(100_000);
    const isSlow = (lane: Lane): boolean => lane === (slowed === 'fetchers' ? 'fetcher-1' : slowed);
    expect(log).toEqual([...lanes.filter((lane) => !isSlow(lane)).map((lane) => `${lane}@0`), ...lanes.filter(isSlow).map((lane) => `${lane}@10`)]);
  });

  test('that are slow take their time on top of what the disk takes for the step', () => {
    const file = fileOn(world.disks.get('a'));
    host.slowLanes('requests', 30_000);
    host.enter(() =>
      world.on('requests', () => {
        file.sync();
        world.on('background', () => note('out'));
      }),
    );
    simulator.run(100_000);
    expect(log).toEqual(['out@40']);
  });

  test('that are slow twice over are so until both are healed', () => {
    const [first, second] = [host.slowLanes('raft', 10_000), host.slowLanes('raft', 5000)];
    const step = (name: string): void => host.enter(() => world.on('raft', () => world.on('raft', () => note(name))));
    step('15 ms');
    simulator.run(50_000);
    first.heal();
    step('5 ms');
    simulator.run(100_000);
    second.heal();
    step('at once');
    expect(log).toEqual(['15 ms@15', '5 ms@55', 'at once@100']);
  });

  test('that are slow do no work of a process that died, and are as slow for the next one', () => {
    host.slowLanes('requests', 30_000);
    host.enter(() => {
      for (const name of ['1', '2', '3']) world.on('requests', () => note(name));
    });
    simulator.run(10_000);
    host.crash({ powerLoss: false });
    host.boot((booted) => {
      world = booted;
    });
    host.enter(() => {
      world.on('requests', () => note('4'));
      world.on('requests', () => note('5'));
    });
    simulator.run(200_000);
    // Not behind the step that was under way at the crash.
    expect(log).toEqual(['1@0', '4@10', '5@40']);
  });

  test('that are healed let nothing out before the disk has done the work of the step', () => {
    const file = fileOn(world.disks.get('a'));
    const slow = host.slowLanes('requests', 50_000);
    host.enter(() =>
      world.on('requests', () => {
        file.sync();
        world.on('background', () => note('out'));
      }),
    );
    simulator.run(4000);
    slow.heal();
    simulator.run(100_000);
    expect(log).toEqual(['out@10']);
  });

  test('of a node that crashed run nothing more', () => {
    const file = fileOn(world.disks.get('a'));
    host.enter(() =>
      world.on('raft', () => {
        file.sync();
        world.on('raft', () => note('never'));
        world.clock.after('timer', 0, () => note('never'));
        file.syncLater(() => note('never'));
      }),
    );
    host.enter(() => world.on('raft', () => note('never')));
    host.crash({ powerLoss: false });
    simulator.run(100_000);
    expect(log).toEqual([]);
  });

  test('count steps that waited as dispatches, and trace them', () => {
    const kinds: number[] = [];
    simulator.trace = { dispatched: (_timeUs, _host, kind) => kinds.push(kind) };
    const file = fileOn(world.disks.get('a'));
    host.enter(() => {
      world.on('raft', () => file.sync());
      world.on('raft', () => note('waited'));
      world.on('heartbeat', () => file.syncLater(() => note('synced')));
    });
    simulator.run(100_000);
    expect(kinds).toEqual([DispatchKind.step, DispatchKind.synced]);
    expect(log).toEqual(['waited@10', 'synced@20']);
  });

  test('that never come to rest are a livelock, by the queue or without it', () => {
    const again = (): void => world.on('requests', again);
    host.enter(() => world.clock.after('start', 1, again));
    expect(simulator.run(10_000)).toBe('livelock');
    const other = new Simulator({ seed: 'x' });
    other.host('node', { id: 1 }).boot((there) => {
      const tick = (): void => void there.clock.after('tick', 0, tick);
      tick();
    });
    expect(other.run(10_000)).toBe('livelock');
    expect(other.nowUs).toBe(0);
  });
});
