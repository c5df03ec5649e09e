/**
 * All that a client gets of a topic, with partition and offset of each record: by kcat where it is installed, else by kafkajs. For checks that
 * compare what is read with what was written.
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from './control-client.ts';
import { kafkajsFor } from './kafkajs.ts';

/** As the client tells it; offsets and partitions are small here. */
export interface BackRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
}

export const hasKcat = spawnSync('kcat', ['-V']).error === undefined;
/** Who reads. */
export const reader = hasKcat ? 'kcat -C' : 'kafkajs (kcat is not installed)';

/** From the first offset of each partition to its end at this moment. By partition, then by offset. */
export async function readBack(bootstrap: string, topic: string): Promise<readonly BackRecord[]> {
  const read = await (hasKcat ? byKcat : byKafkajs)(bootstrap, topic);
  return read.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

async function byKcat(bootstrap: string, topic: string): Promise<BackRecord[]> {
  // Keys and values of these checks hold neither tabs nor line feeds.
  const options = ['-b', bootstrap, '-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-X', 'check.crcs=true', '-f', '%p\t%o\t%k\t%s\n'];
  const ran = await promisify(execFile)('kcat', options, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60_000 });
  return ran.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [partition, offset, key = '', value = ''] = line.split('\t');
      return { partition: Number(partition), offset: Number(offset), key, value };
    });
}

let readers = 0;

async function byKafkajs(bootstrap: string, topic: string): Promise<BackRecord[]> {
  const kafka = kafkajsFor(bootstrap, 'reader');
  const admin = kafka.admin();
  await admin.connect();
  const ends = (await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high);
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: `reader-${readers++}-of-${topic}`, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const read: BackRecord[] = [];
  const reached = new Map<number, number>();
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      reached.set(partition, Number(message.offset));
      read.push({ partition, offset: Number(message.offset), key: String(message.key), value: String(message.value) });
    },
  });
  try {
    await eventually(`all of ${topic} is read`, 60_000, () =>
      ends.every(({ partition, high }) => (reached.get(partition) ?? -1) >= Number(high) - 1) ? true : undefined,
    );
  } finally {
    await consumer.disconnect();
  }
  return read;
}
