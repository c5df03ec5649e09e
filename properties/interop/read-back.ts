/**
 * All that a client gets of a topic, with partition and offset of each record: by kcat, which knows every codec. For checks that compare what is
 * read with what was written.
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** As the client tells it; offsets and partitions are small here. */
export interface BackRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
}

/** Why nothing can be read; undefined when it can. */
export const missingReader = spawnSync('kcat', ['-V']).error === undefined ? undefined : 'kcat is not installed (Debian: apt-get install kcat)';

/** From the first offset of each partition to its end at this moment. By partition, then by offset. */
export async function readBack(bootstrap: string, topic: string): Promise<readonly BackRecord[]> {
  // Keys and values of these checks hold neither tabs nor line feeds.
  const options = ['-b', bootstrap, '-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-X', 'check.crcs=true', '-f', '%p\t%o\t%k\t%s\n'];
  const ran = await promisify(execFile)('kcat', options, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60_000 });
  return ran.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [partition, offset, key = '', value = ''] = line.split('\t');
      return { partition: Number(partition), offset: Number(offset), key, value };
    })
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
