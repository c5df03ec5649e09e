/** What a worker process does: it plays the seeds it is sent, one at a time. */
import { runSeed } from './seed-run.ts';

export default runSeed;
