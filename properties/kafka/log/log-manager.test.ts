import { describe, expect, test } from 'vitest';
import { kafkaLogRules, type LogRules } from '../../../src/kafka/rules/log.ts';
import { brokerEpoch, brokerId, leaderEpoch } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { topicPartition } from '../../../src/model/topic-partition.ts';
import { type Uuid, uuidFromWords, zeroUuid } from '../../../src/model/uuid.ts';
import { at, batchOf, Machine, partition, topicId, unwrap } from './machine.ts';

const epoch = leaderEpoch(1);
const other = uuidFromWords(9, 9, 9, 9);
const folders = (machine: Machine, disk: string): readonly string[] => [
  ...new Set(
    machine.host
      .disk(disk)
      .files()
      .flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : [])),
  ),
];

describe('a clean stop', () => {
  test('leaves Kafka’s files, and the next start scans nothing and knows all', () => {
    const machine = new Machine().boot();
    machine.withLog((log) => {
      unwrap(log.appendAsLeader(batchOf(3), epoch, 0));
      log.highWatermark = at(2);
      unwrap(log.advanceLogStart(at(1)));
    });
    machine.stop(brokerEpoch(42));
    expect(machine.text('.kafka_cleanshutdown')).toBe('{"version":0,"brokerEpoch":42}');
    expect(machine.text('recovery-point-offset-checkpoint')).toBe('0\n1\norders 0 3\n');
    expect(machine.text('replication-offset-checkpoint')).toBe('0\n1\norders 0 2\n');
    expect(machine.text('log-start-offset-checkpoint')).toBe('0\n1\norders 0 1\n');
    expect(machine.text('orders-0/partition.metadata')).toBe(`version: 0\ntopic_id: ${topicId}`);
    expect(machine.text('meta.properties')).toMatch(/^cluster\.id=c\ndirectory\.id=\S{22}\nnode\.id=1\nversion=1\n$/);
    machine.crash(true);
    machine.boot();
    const log = machine.manager?.get(partition);
    expect(machine.recovered()).toMatchObject({ clean: true, logStart: 1, logEnd: 3 });
    expect([log?.highWatermark, log?.recoveryPoint, log?.topicId]).toEqual([2, 3, topicId]);
    expect(machine.manager?.previousBrokerEpoch()).toBe(42);
    expect(machine.text('.kafka_cleanshutdown')).toBeUndefined();
  });

  test('is forgotten once the logs are opened again: a crash right after is an unclean stop', () => {
    const machine = new Machine().boot();
    machine.withLog((log) => unwrap(log.appendAsLeader(batchOf(1), epoch, 0)));
    machine.stop(brokerEpoch(7));
    machine.boot();
    machine.crash(true);
    machine.boot();
    expect(machine.manager?.previousBrokerEpoch()).toBe(-1);
    expect(machine.recovered()?.clean).toBe(false);
  });

  test('counts only when every directory has seen it in the same epoch', () => {
    const machine = new Machine({ disks: ['d0', 'd1'] }).boot();
    machine.stop(brokerEpoch(9));
    machine.boot();
    expect(machine.manager?.previousBrokerEpoch()).toBe(9);
    const fault = machine.host.failDiskCalls((call) => call.disk === 'd1');
    machine.stop(brokerEpoch(10));
    fault.heal();
    machine.boot();
    expect(machine.manager?.previousBrokerEpoch()).toBe(-1);
  });
});

describe('checkpoints', () => {
  test('of high watermarks are written every 5 s, of recovery points every 60 s', () => {
    const machine = new Machine().boot();
    machine.withLog((log) => {
      unwrap(log.appendAsLeader(batchOf(3), epoch, 0));
      unwrap(log.flush());
      log.highWatermark = at(3);
    });
    machine.run(5_100);
    expect(machine.text('replication-offset-checkpoint')).toBe('0\n1\norders 0 3\n');
    expect(machine.text('recovery-point-offset-checkpoint')).toBeUndefined();
    machine.run(60_000);
    expect(machine.text('recovery-point-offset-checkpoint')).toBe('0\n1\norders 0 3\n');
    machine.crash(true);
    machine.boot();
    expect(machine.manager?.get(partition)?.highWatermark).toBe(3);
  });

  test('that are malformed count as missing: more is verified, nothing is lost', () => {
    const machine = new Machine().boot();
    machine.withLog((log) => {
      unwrap(log.appendAsLeader(batchOf(3), epoch, 0));
      log.highWatermark = at(3);
    });
    machine.stop();
    for (const path of ['recovery-point-offset-checkpoint', 'replication-offset-checkpoint', 'orders-0/leader-epoch-checkpoint'])
      machine.host.disk('d0').flipBit(path, 0, 3);
    machine.boot();
    const log = machine.manager?.get(partition);
    expect([log?.logEndOffset, log?.highWatermark, log?.epochs.entries()]).toEqual([3, 0, [{ epoch: 1, startOffset: 0 }]]);
  });
});

describe('logs', () => {
  test('of another topic of the same name are set aside and kept, and the same one is given back with its new configuration', () => {
    const machine = new Machine().boot();
    machine.act((manager) => {
      const log = unwrap(manager.create(partition, topicId, machine.config));
      const again = unwrap(manager.create(partition, topicId, { ...machine.config, segmentBytes: 5 }));
      expect(again).toBe(log);
      expect(log.config.segmentBytes).toBe(5);
      unwrap(log.appendAsLeader(batchOf(3), epoch, 0));
      expect(unwrap(manager.create(partition, other, machine.config))).toMatchObject({ topicId: other, logEndOffset: 0 });
    });
    machine.run(70_000);
    machine.crash(true);
    machine.boot();
    expect(machine.manager?.get(partition)?.topicId).toBe(other);
    expect(folders(machine, 'd0').filter((name) => /^orders-0\.[0-9a-f]{32}-stray$/.test(name)).length).toBe(1);
  });

  test('that the metadata gives to nobody here are set aside and kept; those of this broker, and the metadata’s own, stay', () => {
    const machine = new Machine({ disks: ['d0', 'd1'] }).boot();
    const names = [0, 1, 2].map((index) => topicPartition('t', index));
    const metadata = topicPartition('__cluster_metadata', 0);
    machine.act((manager) => {
      for (const name of [...names, metadata]) unwrap(manager.create(name, name === names[2] ? other : topicId, machine.config));
      manager.setStraysAside(brokerId(1), (id, name) =>
        id !== topicId ? undefined : name === names[1] ? [brokerId(2)] : [brokerId(2), brokerId(1)],
      );
    });
    expect([...names, metadata].map((name) => machine.manager?.get(name) !== undefined)).toEqual([true, false, false, true]);
    machine.run(70_000);
    machine.crash(true);
    machine.boot();
    expect([...(machine.manager?.logs() ?? [])].map((log) => log.partition).sort()).toEqual(['__cluster_metadata-0', 't-0']);
    expect([...folders(machine, 'd0'), ...folders(machine, 'd1')].filter((name) => name.endsWith('-stray')).length).toBe(2);
  });

  describe('in several directories', () => {
    const places = (machine: Machine): readonly string[] => ['d0', 'd1'].filter((disk) => folders(machine, disk).includes('orders-0'));
    const idOf = (machine: Machine, index: number) => machine.manager?.directories()[index]?.id ?? zeroUuid;

    test('are made where the metadata assigns them', () => {
      const machine = new Machine({ disks: ['d0', 'd1'] }).boot();
      expect(machine.act((manager) => unwrap(manager.create(partition, topicId, machine.config, idOf(machine, 1))).directory)).toBe('d1');
    });

    test.each([
      ['are never made anew while the directory that holds them is offline', true],
      ['would be, by a rule that only looks at the directories that work', false],
    ])('%s', (_title, isKafkas) => {
      const rules: Partial<LogRules> = isKafkas
        ? {}
        : {
            chooseLog: (question) =>
              kafkaLogRules.chooseLog({ ...question, assigned: zeroUuid, found: question.found.filter(({ directory }) => directory === 1) }),
          };
      const machine = new Machine({ disks: ['d0', 'd1'], rules }).boot();
      const [d0, d1] = [idOf(machine, 0), idOf(machine, 1)];
      machine.act((manager) => {
        const log = unwrap(manager.create(partition, topicId, machine.config, d0));
        unwrap(log.appendAsLeader(batchOf(3), epoch, 0));
        unwrap(log.flush());
      });
      machine.crash(true);
      const fault = machine.host.failDiskCalls((call) => call.disk === 'd0');
      machine.boot();
      expect(machine.manager?.directories().map(({ offline }) => offline)).toEqual([true, false]);
      const made = machine.act((manager) => manager.create(partition, topicId, machine.config, d0).ok);
      expect(made).toBe(!isKafkas);
      // What is assigned to a directory that works, and what is assigned to none, goes on.
      expect(machine.act((manager) => unwrap(manager.create(topicPartition('t', 0), topicId, machine.config, d1)).directory)).toBe('d1');
      expect(machine.act((manager) => unwrap(manager.create(topicPartition('t', 1), topicId, machine.config)).directory)).toBe('d1');
      fault.heal();
      machine.crash(true);
      machine.boot();
      expect(places(machine)).toEqual(isKafkas ? ['d0'] : ['d0', 'd1']);
      if (!isKafkas) return;
      expect(machine.act((manager) => unwrap(manager.create(partition, topicId, machine.config, d0)).logEndOffset)).toBe(3);
    });

    test('that came back twice are what the metadata means: its topic, its directory; the other one is kept aside', () => {
      for (const [assignedTo, id, end] of [
        [0, topicId, 2],
        [1, other, 5],
      ] as const) {
        const machine = new Machine({ disks: ['d0', 'd1'] }).boot();
        const ids = [idOf(machine, 0), idOf(machine, 1)];
        const write = (topic: Uuid, count: number, at: number): void => {
          machine.act((manager) => {
            const log = unwrap(manager.create(partition, topic, machine.config, ids[at]));
            unwrap(log.appendAsLeader(batchOf(count), epoch, 0));
            unwrap(log.flush());
          });
          machine.stop();
        };
        write(topicId, 2, 0);
        const fault = machine.host.failDiskCalls((call) => call.disk === 'd0');
        machine.boot();
        write(other, 5, 1);
        fault.heal();
        machine.boot();
        const log = machine.act((manager) => unwrap(manager.create(partition, id, machine.config, ids[assignedTo])));
        expect([log?.logEndOffset, log?.directory]).toEqual([end, `d${assignedTo}`]);
        expect(places(machine)).toEqual([`d${assignedTo}`]);
        expect(folders(machine, `d${1 - assignedTo}`).some((name) => /^orders-0\..*-stray$/.test(name))).toBe(true);
      }
    });
  });

  test('that are removed are gone at once, also after a power loss, and their files after a minute; the name is free', () => {
    const machine = new Machine().boot();
    machine.withLog((log) => unwrap(log.appendAsLeader(batchOf(3), epoch, 0)));
    machine.act((manager) => unwrap(manager.remove(partition)));
    expect(machine.events.at(-1)).toEqual({ type: 'logRemoved', partition });
    const deleted = (): readonly string[] =>
      machine.host
        .disk('d0')
        .files()
        .filter((name) => /^orders-0\.[0-9a-f]{32}-delete\//.test(name));
    expect(deleted().length).toBeGreaterThan(0);
    expect(machine.withLog((log) => log.logEndOffset)).toBe(0);
    machine.run(61_000);
    expect(deleted()).toEqual([]);
    machine.act((manager) => unwrap(manager.remove(partition)));
    machine.crash(true);
    machine.boot();
    expect(machine.manager?.get(partition)).toBeUndefined();
    expect(deleted()).toEqual([]);
  });

  test('are spread over the directories that work', () => {
    const machine = new Machine({ disks: ['d0', 'd1'] }).boot();
    const places = machine.act((manager) =>
      [0, 1, 2, 3].map((index) => unwrap(manager.create(topicPartition('t', index), topicId, machine.config)).directory),
    );
    expect(places).toEqual(['d0', 'd1', 'd0', 'd1']);
  });

  test('are recovered one segment or 1 MiB a step, with room for other work between', () => {
    const machine = new Machine({ config: { segmentBytes: 4_000_000 } }).boot();
    machine.withLog((log) => {
      for (let count = 0; count < 5; count++) unwrap(log.appendAsLeader(batchOf(1, 900_000), epoch, 0));
      unwrap(log.appendAsLeader(batchOf(1, 3_000_000), epoch, 0));
    });
    machine.crash(false);
    const reads: number[] = [];
    machine.host.failDiskCalls((call) => {
      if (call.operation === 'read' && call.path.endsWith('.log')) reads.push(call.count);
      return false;
    });
    machine.boot();
    expect(machine.stored().length).toBe(6);
    expect(reads.length).toBeGreaterThanOrEqual(6);
  });
});

describe('an I/O error', () => {
  test('takes the directory offline: nothing answers from it, and no marker vouches for it', () => {
    const machine = new Machine({ disks: ['d0', 'd1'] }).boot();
    const failures: string[] = [];
    machine.act((manager) => {
      manager.onDirectoryFailure = (directory) => failures.push(directory.name);
    });
    machine.withLog((log) => unwrap(log.appendAsLeader(batchOf(1), epoch, 0)));
    const fault = machine.host.failDiskCalls((call) => call.disk === 'd0' && call.operation === 'write');
    const answers = machine.withLog((log) => {
      const first = log.appendAsLeader(batchOf(1), epoch, 0);
      return [
        first,
        log.appendAsLeader(batchOf(1), epoch, 0),
        log.read(at(0), at(1), 100, true),
        log.truncateTo(at(0)),
        log.flush(),
        log.epochs.assign(leaderEpoch(9), at(1)),
      ];
    });
    fault.heal();
    for (const answer of answers ?? []) expect(answer).toEqual({ ok: false, error: ErrorCode.KAFKA_STORAGE_ERROR });
    expect(answers?.length).toBe(6);
    expect(failures).toEqual(['d0']);
    expect(machine.manager?.directories().map((directory) => directory.offline)).toEqual([true, false]);
    expect(machine.manager?.get(partition)?.logEndOffset).toBe(1);
    machine.stop();
    expect([machine.text('.kafka_cleanshutdown', 'd0'), machine.text('.kafka_cleanshutdown', 'd1')]).toEqual([
      undefined,
      '{"version":0,"brokerEpoch":1}',
    ]);
  });

  test('in a background sync takes the directory offline too', () => {
    const machine = new Machine().boot();
    machine.host.failDiskCalls((call) => call.operation === 'syncLater');
    machine.withLog((log) => {
      unwrap(log.appendAsLeader(batchOf(1), epoch, 0));
      log.flushLater();
    });
    expect(machine.manager?.get(partition)?.offline).toBe(true);
  });

  test('or bit rot in what a clean stop vouched for is no reason to cut: the directory is offline', () => {
    const machine = new Machine().boot();
    machine.withLog((log) => {
      for (let count = 0; count < 3; count++) unwrap(log.appendAsLeader(batchOf(1), epoch, 0));
    });
    machine.stop();
    machine.host.disk('d0').flipBit('orders-0/00000000000000000000.log', 16, 0);
    const before = machine.host.disk('d0').contents('orders-0/00000000000000000000.log');
    machine.boot();
    expect(machine.loaded).toEqual({ ok: false, error: 'no log directory works: d0 EIO' });
    expect(machine.host.disk('d0').contents('orders-0/00000000000000000000.log')).toEqual(before);
  });

  test('a directory of another node is refused by name', () => {
    const machine = new Machine().boot();
    machine.stop();
    const other = new Machine({ manager: { nodeId: 2 } });
    other.host.boot((world) => {
      const file = world.disks.get('d0')?.open('meta.properties', 'create');
      if (file?.ok) file.value.write(0, new TextEncoder().encode(machine.text('meta.properties')));
    });
    other.host.stop();
    other.boot();
    expect(other.loaded).toEqual({ ok: false, error: 'log directory d0: belongs to node 1, not 2' });
  });
});
