/** What a worker process does: it plays the seeds it is sent, one at a time. */
import { runSeed } from './seed-run.ts';

// Ctrl-C reaches the whole process group; the process that sent the seeds decides when this one ends, and must not leave it behind.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

export default runSeed;
