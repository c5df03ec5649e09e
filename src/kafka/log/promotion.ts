/**
 * Carries out how a future log takes a replica's place, step by step as the rules name them. Owns what is done to files and to the two logs; which logs a
 * node has is the log manager's. Source: LogManager.replaceCurrentWithFutureLog.
 */
import type { World } from '../../io/world.ts';
import { offset } from '../../model/brand.ts';
import type { ErrorCode } from '../../model/error-code.ts';
import { unreachable } from '../../model/invariant.ts';
import { done, type Result } from '../../model/result.ts';
import type { PromotionStep } from '../rules/log-moves.ts';
import type { Disguise } from './disguise.ts';
import type { LogDirectory } from './log-directory.ts';
import { awayName, renameFolder } from './log-folders.ts';
import type { PartitionLog } from './partition-log.ts';

export interface Promotion {
  readonly world: World;
  readonly future: { readonly log: PartitionLog; readonly directory: LogDirectory; readonly disguise: Disguise };
  /** Undefined where it is gone. */
  readonly current: { readonly log: PartitionLog; readonly directory: LogDirectory } | undefined;
  /** The future log is the replica from now on. */
  took(): void;
  /** The old one's files lie in this folder of its directory until they are deleted. */
  retired(folder: string): void;
  /** Writes the checkpoints of both directories. */
  checkpoint(): Result<void, ErrorCode>;
}

/** An error is that of one of the two directories. */
export function promotionStep(step: PromotionStep, { world, future, current, took, retired, checkpoint }: Promotion): Result<void, ErrorCode> {
  const { log, directory, disguise } = future;
  switch (step) {
    case 'adopt': {
      if (current === undefined) return done;
      log.highWatermark = offset(Math.min(current.log.highWatermark, log.logEndOffset));
      log.cleanedTo = offset(Math.min(current.log.cleanedTo, log.logEndOffset));
      return log.epochs.replace(current.log.epochs.entries());
    }
    case 'sync':
      return log.flush();
    case 'rename': {
      const renamed = disguise.folder === undefined ? done : directory.disk.rename(disguise.folder, log.partition);
      if (!renamed.ok) return directory.fail(renamed.error);
      // No way back: another start may find it under the replica's name, and take it for the replica.
      disguise.end();
      took();
      const synced = directory.disk.syncDirectory('');
      return synced.ok ? done : directory.fail(synced.error);
    }
    case 'retire': {
      if (current === undefined) return done;
      current.log.retire();
      const folder = awayName(world, log.partition, 'delete');
      const renamed = renameFolder(current.directory, log.partition, folder);
      if (renamed.ok) retired(folder);
      return renamed;
    }
    case 'checkpoint':
      return checkpoint();
    default:
      return unreachable(step);
  }
}
