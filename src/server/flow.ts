/** One direction of a connection: what waits in it goes on in order, each thing when it is due and the way is open. */

interface Waiting {
  readonly go: () => void;
  readonly bytes: number;
  dueMs: number;
}

export const nowMs = (): number => performance.now();

export class Flow {
  /** Bytes that wait. */
  bytes = 0;
  readonly #isOpen: () => boolean;
  readonly #waiting: Waiting[] = [];
  #going = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(isOpen: () => boolean) {
    this.#isOpen = isOpen;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Goes at once when nothing is in the way, as almost always. */
  push(go: () => void, bytes: number, dueMs: number): void {
    if (this.isEmpty && !this.#going && this.#isOpen() && dueMs <= nowMs()) {
      go();
      return;
    }
    this.#waiting.push({ go, bytes, dueMs });
    this.bytes += bytes;
    this.pump();
  }

  /** Lets go what may go. */
  pump(): void {
    if (this.#going) return;
    this.#going = true;
    clearTimeout(this.#timer);
    for (let next = this.#waiting[0]; next !== undefined && this.#isOpen(); next = this.#waiting[0]) {
      const leftMs = next.dueMs - nowMs();
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.pump(), Math.ceil(leftMs));
        break;
      }
      this.#waiting.shift();
      this.bytes -= next.bytes;
      next.go();
    }
    this.#going = false;
  }

  /** What made it wait is over. */
  rush(): void {
    for (const each of this.#waiting) each.dueMs = 0;
    this.pump();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    this.bytes = 0;
  }
}
