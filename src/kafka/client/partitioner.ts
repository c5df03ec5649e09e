/**
 * Which partition a record goes to: Kafka's murmur2 of the key, and for records without one the sticky partitioner of KIP-794 or
 * round robin. Owns no record and no metadata.
 */

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/** Kafka's murmur2 (Utils.murmur2), as an int32. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let hash = seed ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  const rest = length - whole;
  if (rest === 3) hash ^= (bytes[whole + 2] ?? 0) << 16;
  if (rest >= 2) hash ^= (bytes[whole + 1] ?? 0) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[whole] ?? 0), multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition of a key: the same for every producer of every language. `partitions` is the topic's count, led or not. */
export const partitionOfKey = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions;

/** What a keyless choice needs to know of a topic. */
export interface Choices {
  /** The topic's count. */
  readonly partitions: number;
  /** Indexes of those that have a leader; ascending. */
  readonly available: readonly number[];
}

/** Chooses partitions for one topic's keyless records. */
export interface KeylessPartitioner {
  /** Where the next record goes. */
  choose(choices: Choices): number;
  /** That much was put there; `full`: it closed a batch. */
  took(partition: number, bytes: number, full: boolean): void;
}

/**
 * Stays with one partition until a batch's worth of bytes went there, then draws another (BuiltInPartitioner with adaptive partitioning
 * off): small records then travel in full batches. `draw` gives integers in [0, 2^32).
 */
export function stickyPartitioner(batchBytes: number, draw: () => number): KeylessPartitioner {
  let current = -1;
  let bytesThere = 0;
  return {
    choose({ partitions, available }) {
      if (current < 0 || current >= partitions) {
        const at = draw();
        current = available.length > 0 ? (available[at % available.length] ?? 0) : at % partitions;
        bytesThere = 0;
      }
      return current;
    },
    took(partition, bytes, full) {
      if (partition !== current) return;
      bytesThere += bytes;
      // A batch that just began may grow to its size before the switch, but not forever.
      if ((bytesThere >= batchBytes && full) || bytesThere >= 2 * batchBytes) current = -1;
    },
  };
}

/** Every record to the next partition (RoundRobinPartitioner), past those without a leader. */
export function roundRobinPartitioner(): KeylessPartitioner {
  let next = 0;
  return {
    choose({ partitions, available }) {
      const turn = next++;
      return available.length > 0 ? (available[turn % available.length] ?? 0) : turn % partitions;
    },
    took() {},
  };
}
