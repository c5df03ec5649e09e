/**
 * Which producer ids were given out by whoever wrote the logs in a folder: whoever takes the logs over must give out others, or a new producer would be
 * taken for an old one, its first batches for duplicates. Reads whole logs, so it is asked only where one is taken over.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { RealDisk } from '../io/real/real-disk.ts';
import { walkBatches } from '../kafka/log/header-walk.ts';
import { decodeSnapshot } from '../kafka/log/producer-snapshot.ts';
import { producerIdAt } from '../protocol/records/batch-header.ts';

/** The highest one in the batches and snapshots of a partition's folder; -1 for none. What is damaged counts up to there: recovery cuts it off. */
export function highestProducerIdIn(folder: string): number {
  let highest = -1;
  const disk = new RealDisk(fs, folder, () => undefined);
  for (const name of fs.readdirSync(folder)) {
    if (name.endsWith('.snapshot')) {
      const entries = decodeSnapshot(fs.readFileSync(join(folder, name)));
      for (const { producerId } of entries.ok ? entries.value : []) highest = Math.max(highest, producerId);
    }
    if (!name.endsWith('.log')) continue;
    const file = disk.open(name, 'read');
    if (!file.ok) continue;
    walkBatches(file.value, 0, file.value.size(), (bytes, at) => {
      highest = Math.max(highest, producerIdAt(bytes, at));
      return true;
    });
    file.value.close();
  }
  return highest;
}
