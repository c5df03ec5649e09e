/** A program's call to a disk, as those see it who choose where power is lost or a device fails. */

export interface DiskCall {
  /** Counts the disk calls of the host since it was made, from 0. */
  readonly count: number;
  /** The name of the disk. */
  readonly disk: string;
  readonly operation:
    | 'open'
    | 'read'
    | 'write'
    | 'truncate'
    | 'sync'
    | 'syncLater'
    | 'list'
    | 'rename'
    | 'remove'
    | 'makeDirectory'
    | 'syncDirectory';
  /** The file's path when it was opened, or what the call names first. */
  readonly path: string;
}
