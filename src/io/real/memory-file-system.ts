/**
 * A file system in memory: a memfs volume, mended where it is not like Linux.
 * memfs 4 counts a name that a rename replaced as if it were still there, so that its folder could never be removed again.
 */
import { Volume } from 'memfs';
import type { FileSystem } from './real-disk.ts';

/** An empty one. */
export function memoryFileSystem(): FileSystem {
  const volume = new Volume();
  const rename = volume.renameSync;
  const isFile = (path: Parameters<typeof rename>[0]): boolean => volume.existsSync(path) && !volume.lstatSync(path).isDirectory();
  volume.renameSync = (from, to) => {
    if (from !== to && isFile(from) && isFile(to)) volume.unlinkSync(to);
    rename(from, to);
  };
  return volume;
}
