/**
 * The fetching side of an incremental fetch session (KIP-227): after one full fetch only what changed is named again.
 * Owns the session's id and epoch and what the leader has been told; not what is fetched. Source: FetchSessionHandler.
 *
 *   full -> incremental -> incremental ...      the leader keeps the session
 *   full -> full                                the leader has no room for one (it answers with id 0)
 *   incremental -> full                         the leader lost the session, the connection broke, or the epochs disagree
 */
import { ErrorCode } from '../../model/error-code.ts';

const noSession = 0;
const fullEpoch = 0;
const firstIncrementalEpoch = 1;
const lastEpoch = 0x7fffffff;
const nothingNew: { readonly partitions: readonly never[]; readonly forgotten: readonly never[] } = { partitions: [], forgotten: [] };

/** After n comes n+1, after the largest int32 comes 1: 0 stands for a full fetch (FetchMetadata.nextEpoch). */
export const nextSessionEpoch = (epoch: number): number => (epoch === lastEpoch ? firstIncrementalEpoch : epoch + 1);

/**
 * `Partition` is what is fetched of a partition in one role. `keyOf` gives what stays the same when a newer role takes its place: the leader
 * knows no roles, and would drop what is named and forgotten in one request.
 */
export class FetchSession<Partition> {
  readonly #keyOf: (partition: Partition) => unknown;
  #id = noSession;
  #epoch = fullEpoch;
  /** What the leader believes this session to hold, by key. */
  readonly #told = new Set<unknown>();
  readonly #changed = new Map<unknown, Partition>();
  readonly #forgotten = new Map<unknown, Partition>();

  constructor(keyOf: (partition: Partition) => unknown) {
    this.#keyOf = keyOf;
  }

  get id(): number {
    return this.#id;
  }
  get epoch(): number {
    return this.#epoch;
  }
  get full(): boolean {
    return this.#epoch === fullEpoch;
  }

  /** A partition is new to be fetched, or what has to be said of it is not what was said last. */
  touch(partition: Partition): void {
    const key = this.#keyOf(partition);
    this.#changed.set(key, partition);
    this.#forgotten.delete(key);
  }

  /** A partition is not to be fetched for now. */
  forget(partition: Partition): void {
    const key = this.#keyOf(partition);
    this.#changed.delete(key);
    if (this.#told.delete(key)) this.#forgotten.set(key, partition);
  }

  /** What the next request names: in a full fetch all of `every`, else what changed. Counts as said from now on. */
  take(every: Iterable<Partition>): { readonly partitions: readonly Partition[]; readonly forgotten: readonly Partition[] } {
    if (!this.full && this.#changed.size === 0 && this.#forgotten.size === 0) return nothingNew;
    if (this.full) this.#told.clear();
    const partitions = this.full ? [...every] : [...this.#changed.values()];
    const forgotten = this.full ? [] : [...this.#forgotten.values()];
    for (const partition of partitions) this.#told.add(this.#keyOf(partition));
    if (this.#changed.size > 0) this.#changed.clear();
    if (this.#forgotten.size > 0) this.#forgotten.clear();
    return { partitions, forgotten };
  }

  /** The leader answered. False: the answer holds no data, and the next fetch is a full one. */
  answered(error: number, id: number): boolean {
    if (error !== ErrorCode.NONE) {
      // Not found: the leader has nothing to close. Otherwise the session may stand there and is closed by the next full fetch's id.
      this.#restart(error === ErrorCode.FETCH_SESSION_ID_NOT_FOUND ? noSession : this.#id);
      return false;
    }
    if (!this.full) this.#epoch = nextSessionEpoch(this.#epoch);
    else if (id === noSession) this.#restart(noSession);
    else {
      this.#id = id;
      this.#epoch = firstIncrementalEpoch;
    }
    return true;
  }

  /** No answer came: nobody knows what the leader heard. */
  lost(): void {
    this.#restart(this.#id);
  }

  #restart(id: number): void {
    this.#id = id;
    this.#epoch = fullEpoch;
  }
}
