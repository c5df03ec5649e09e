/** What a broker decides of a replica that moves to another log directory, as tables. */
import { describe, expect, test } from 'vitest';
import { chooseLog, type LogQuestion } from '../../../src/kafka/rules/log-directories.ts';
import { type MoveFacts, type MoveState, moveRules } from '../../../src/kafka/rules/log-moves.ts';
import { leaderEpoch, offset } from '../../../src/model/brand.ts';
import { ErrorCode } from '../../../src/model/error-code.ts';
import { uuidFromWords, zeroUuid } from '../../../src/model/uuid.ts';

const usual: MoveFacts = { nameFits: true, destination: 'online', anyOffline: false, replica: 'here', isThere: false, future: 'none' };

describe('a request to move a replica', () => {
  const { NONE, INVALID_TOPIC_EXCEPTION, LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR, UNKNOWN_TOPIC_OR_PARTITION, REPLICA_NOT_AVAILABLE } = ErrorCode;
  test.each<[string, Partial<MoveFacts>, ErrorCode, string]>([
    ['begins', {}, NONE, 'prefers begins'],
    ['is refused where the folder would have too long a name', { nameFits: false, destination: 'unknown' }, INVALID_TOPIC_EXCEPTION, ''],
    ['is refused for a directory that there is not', { destination: 'unknown', replica: 'offline' }, LOG_DIR_NOT_FOUND, ''],
    ['is refused for a directory that is offline', { destination: 'offline', anyOffline: true }, KAFKA_STORAGE_ERROR, ''],
    ['is refused for a replica that is offline', { replica: 'offline', anyOffline: true }, KAFKA_STORAGE_ERROR, ''],
    ['is kept in mind for a replica that may come', { replica: 'elsewhere' }, REPLICA_NOT_AVAILABLE, 'prefers'],
    ['is kept in mind for a partition that may be made', { replica: 'unknown' }, UNKNOWN_TOPIC_OR_PARTITION, 'prefers'],
    ['to where it lies does nothing', { isThere: true }, NONE, ''],
    ['to where it lies ends a move to elsewhere', { isThere: true, future: 'elsewhere' }, NONE, 'cancels'],
    ['to where it is moving does nothing', { future: 'there' }, NONE, ''],
    ['to a third directory begins anew', { future: 'elsewhere' }, NONE, 'cancels prefers begins'],
    ['begins nothing while a directory is offline, which may hold another copy', { anyOffline: true }, KAFKA_STORAGE_ERROR, 'prefers'],
    ['ends a move even then', { anyOffline: true, future: 'elsewhere' }, KAFKA_STORAGE_ERROR, 'cancels prefers'],
  ])('%s', (_title, facts, error, does) => {
    const decision = moveRules.moveRequest({ ...usual, ...facts });
    expect(decision.error).toBe(error);
    expect((['cancels', 'prefers', 'begins'] as const).filter((each) => decision[each]).join(' ')).toBe(does);
  });
});

type Entries = readonly (readonly [epoch: number, start: number])[];
const log = (start: number, end: number, entries: Entries) => ({
  start: offset(start),
  end: offset(end),
  epochs: entries.map(([epoch, at]) => ({ epoch: leaderEpoch(epoch), startOffset: offset(at) })),
});
const state = (current: [number, number, Entries], future: [number, number, Entries], announced: MoveState['announced'] = 'none'): MoveState => ({
  current: log(...current),
  future: log(...future),
  announced,
});

describe('a copy', () => {
  const one: Entries = [[1, 0]];
  test.each<[string, MoveState, ReturnType<typeof moveRules.moveStep>]>([
    ['begins at the start of an empty log', state([0, 9, one], [0, 0, []]), { type: 'copy' }],
    ['goes on while something is missing', state([0, 9, one], [0, 5, one]), { type: 'copy' }],
    [
      'begins again where the replica begins, when that was moved beyond its end',
      state([7, 9, one], [0, 5, one]),
      { type: 'restart', at: offset(7) },
    ],
    ['is told of once it has all', state([0, 9, one], [0, 9, one]), { type: 'announce' }],
    ['waits for the controller, whatever comes meanwhile', state([0, 12, one], [0, 9, one], 'queued'), { type: 'wait' }],
    ['waits for the controller when it has all', state([0, 9, one], [0, 9, one], 'queued'), { type: 'wait' }],
    ['copies what came until the controller knew', state([0, 12, one], [0, 9, one], 'accepted'), { type: 'copy' }],
    ['takes the place of the replica when it has all and the controller knows', state([0, 9, one], [0, 9, one], 'accepted'), { type: 'promote' }],
    ['drops what the replica dropped, first', state([4, 9, one], [0, 9, one], 'accepted'), { type: 'logStart', to: offset(4) }],
    ['is cut with the replica', state([0, 5, one], [0, 9, one], 'accepted'), { type: 'truncate', to: offset(5) }],
    [
      'is cut with a replica that has grown again since, in another epoch',
      state(
        [
          0,
          20,
          [
            [1, 0],
            [3, 5],
          ],
        ],
        [0, 9, one],
      ),
      { type: 'truncate', to: offset(5) },
    ],
    [
      'skips epochs of its own',
      state(
        [
          0,
          20,
          [
            [1, 0],
            [5, 5],
          ],
        ],
        [
          0,
          9,
          [
            [1, 0],
            [2, 3],
            [3, 7],
          ],
        ],
      ),
      { type: 'truncate', to: offset(3) },
    ],
    ['of no common history begins again', state([0, 20, [[1, 0]]], [0, 9, [[7, 0]]]), { type: 'truncate', to: offset(0) }],
    [
      'has nothing of an epoch that the replica lost to a cut, where compaction hides that',
      state([0, 3, [[1, 1]]], [0, 1, [[0, 0]]]),
      { type: 'truncate', to: offset(0) },
    ],
    [
      'may have older epochs below where the replica begins',
      state(
        [7, 9, [[2, 7]]],
        [
          0,
          9,
          [
            [1, 0],
            [2, 5],
          ],
        ],
      ),
      { type: 'logStart', to: offset(7) },
    ],
    ['begins again where it has a lost epoch from below there', state([7, 9, [[2, 7]]], [0, 8, [[1, 0]]]), { type: 'restart', at: offset(7) }],
    ['of a replica without records is cut to nothing', state([0, 0, []], [0, 9, [[7, 0]]]), { type: 'truncate', to: offset(0) }],
  ])('%s', (_title, facts, step) => expect(moveRules.moveStep(facts)).toEqual(step));
});

describe('at a start', () => {
  const [d0, d1, topicId] = [uuidFromWords(1, 2, 3, 4), uuidFromWords(5, 6, 7, 8), uuidFromWords(9, 9, 9, 9)];
  const question: LogQuestion = {
    topicId,
    assigned: d1,
    directories: [
      { id: d0, offline: false, logs: 0 },
      { id: d1, offline: false, logs: 1 },
    ],
    found: [{ topicId, directory: 0 }],
    futures: [1],
    preferred: -1,
  };
  const offline = [{ id: zeroUuid, offline: true, logs: 0 }, ...question.directories.slice(1)];
  test.each<[string, Partial<LogQuestion>, ReturnType<typeof chooseLog>]>([
    ['the replica counts, and not its copy', {}, { type: 'use', log: 0 }],
    ['a copy counts in the assigned directory when the replica is gone', { found: [] }, { type: 'promote', directory: 1 }],
    ['but not while the replica may lie in a directory that is offline', { found: [], directories: offline }, { type: 'wait' }],
    ['a copy elsewhere is none', { found: [], futures: [0] }, { type: 'make', directory: 1 }],
    [
      'of two logs the one counts that the metadata means',
      {
        found: [
          { topicId, directory: 0 },
          { topicId, directory: 1 },
        ],
        futures: [],
      },
      { type: 'use', log: 1 },
    ],
    ['a new replica is made where it is wanted', { found: [], futures: [], preferred: 0 }, { type: 'make', directory: 0 }],
    [
      'and where it is assigned when that directory is offline',
      { found: [], futures: [], preferred: 0, directories: offline },
      { type: 'make', directory: 1 },
    ],
  ])('%s', (_title, facts, choice) => expect(chooseLog({ ...question, ...facts })).toEqual(choice));
});
