/**
 * Randomness as weather: a draw is a hash of (seed, stable name, virtual millisecond, how many-th draw of that name within it).
 * Owns the hash and its streams. There is no shared sequence of draws, so an operation that is dropped from a run
 * changes nothing for draws under other names or in other milliseconds.
 */

/** A 32-bit hash of a string (FNV-1a over UTF-16 code units, then mixed); the same on every machine. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return mix(hash);
}

/** The finalizer of MurmurHash3: every input bit reaches every output bit. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The one source of randomness of a virtual world. */
export class Weather {
  /** Virtual time in whole milliseconds; the simulator moves it. */
  nowMs = 0;
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A stream of draws under a name. Keep it: making one hashes the name. */
  stream(name: string): WeatherStream {
    return new WeatherStream(this, hashName(`${this.#seed}/${name}`), hashName(`${name}/${this.#seed}`));
  }
}

/** The draws under one name. */
export class WeatherStream {
  readonly #weather: Weather;
  readonly #early: number;
  readonly #late: number;
  #ms = -1;
  #nth = 0;

  constructor(weather: Weather, early: number, late: number) {
    this.#weather = weather;
    this.#early = early;
    this.#late = late;
  }

  /** The next draw within this millisecond: an integer in [0, 2^32). */
  next(): number {
    const ms = this.#weather.nowMs;
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#nth = 0;
    }
    let hash = Math.imul(this.#early ^ ms, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#late, 0x2c1b3c6d) + Math.imul(++this.#nth, 0x297a2d39);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  /** An integer in [0, below), for below up to 2^32. */
  below(below: number): number {
    return Math.floor((this.next() / 0x100000000) * below);
  }
}
