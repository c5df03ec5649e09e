/** Files of a log as text: what stands in them is said in the words of Kafka's tool, and damage where it is. */
import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset } from '../../src/model/brand.ts';
import { encodeBatch } from '../../src/protocol/records/encode.ts';
import { encodeEndMarker } from '../../src/protocol/records/end-marker.ts';
import { logTextOf } from '../../src/report/log-text.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const batch = encodeBatch({
  records: [
    { key: bytesOf('k'), value: bytesOf('hello'), timestampMs: 1000 },
    { key: null, value: Uint8Array.of(0, 27, 255), timestampMs: 2000, headers: [{ key: 'trace', value: null }] },
  ],
  baseOffset: offset(7),
  leaderEpoch: leaderEpoch(3),
  producerId: 5,
  producerEpoch: 1,
  baseSequence: 40,
});
const log = '00000000000000000007.log';

function read(name: string, bytes: Uint8Array, records = false) {
  const reader = logTextOf(name, { records });
  if (reader === undefined) throw new Error(`${name} is not read`);
  return reader(bytes);
}

describe('the text of a log file', () => {
  test('has a line a batch, and with records a line a record', () => {
    const { lines, damaged } = read(log, batch, true);
    expect(damaged).toBe(false);
    expect(lines).toEqual([
      'Log starting offset: 7',
      expect.stringMatching(
        /^baseOffset: 7 lastOffset: 8 count: 2 baseSequence: 40 lastSequence: 41 producerId: 5 producerEpoch: 1 partitionLeaderEpoch: 3 isTransactional: false isControl: false deleteHorizonMs: none position: 0 CreateTime: 2000 size: \d+ magic: 2 compresscodec: none crc: \d+ isvalid: true$/,
      ),
      '| offset: 7 CreateTime: 1000 keySize: 1 valueSize: 5 sequence: 40 headerKeys: [] key: k payload: hello',
      '| offset: 8 CreateTime: 2000 keySize: -1 valueSize: 3 sequence: 41 headerKeys: [trace] payload: 0x001bff',
    ]);
    expect(read(log, batch).lines.length).toBe(2);
  });

  test('says where a batch is cut, has a nonsense length or a wrong checksum', () => {
    const cut = read(log, batch.slice(0, batch.length - 1));
    expect([cut.damaged, cut.lines.at(-1)]).toEqual([
      true,
      `DAMAGED: the batch at position 0 says that it has ${batch.length} bytes; ${batch.length - 1} are there`,
    ]);
    const short = new Uint8Array([...batch, 1, 2, 3]);
    expect(read(log, short).lines.at(-1)).toBe(`DAMAGED: 3 bytes at position ${batch.length} are too few for a batch`);
    const rotten = batch.slice();
    rotten[rotten.length - 1] = (rotten.at(-1) ?? 0) ^ 1;
    expect(read(log, rotten).lines.at(-1)).toBe('DAMAGED: the batch at position 0 has another checksum than it says');
  });

  test('gives absolute offsets of index entries, and says when the last one is cut', () => {
    expect(read('00000000000000000100.index', Uint8Array.of(0, 0, 0, 5, 0, 0, 16, 0)).lines).toEqual(['offset: 105 position: 4096']);
    const times = read('00000000000000000100.timeindex', Uint8Array.of(0, 0, 0, 0, 0, 0, 3, 232, 0, 0, 0, 5, 9));
    expect(times.lines).toEqual(['timestamp: 1000 offset: 105', 'DAMAGED: 1 bytes at the end are no whole entry of 12']);
    expect(times.damaged).toBe(true);
  });

  test('tells of markers, of the transactions that were aborted, and says when an entry is of another version', () => {
    const marker = encodeEndMarker({
      type: 'abort',
      producerId: 5,
      producerEpoch: 1,
      coordinatorEpoch: 9,
      timestampMs: 3000,
      baseOffset: offset(9),
      leaderEpoch: leaderEpoch(3),
    });
    const { lines } = read(log, marker, true);
    expect(lines[1]).toContain('isTransactional: true isControl: true');
    expect(lines[2]).toBe('| offset: 9 CreateTime: 3000 keySize: 4 valueSize: 6 sequence: -1 endTxnMarker: ABORT coordinatorEpoch: 9');
    const entry = new Uint8Array(34);
    for (const [index, value] of [5, 7, 9, 10].entries()) entry[2 + index * 8 + 7] = value;
    const name = '00000000000000000007.txnindex';
    expect(read(name, entry).lines).toEqual(['version: 0 producerId: 5 firstOffset: 7 lastOffset: 9 lastStableOffset: 10']);
    expect(read(name, entry.subarray(0, 33)).lines).toEqual(['DAMAGED: 33 bytes at the end are no whole entry of 34']);
    entry[1] = 1;
    expect(read(name, entry).damaged).toBe(true);
  });

  test('is read of files on their way out as well, and of no other files', () => {
    expect(logTextOf(`${log}.deleted`, { records: false })).toBeDefined();
    for (const name of ['7.log', 'meta.properties', 'leader-epoch-checkpoint', 'x0000000000000000000.log'])
      expect(logTextOf(name, { records: false })).toBe(undefined);
  });
});
