/** Finds out who a client is: the client.id in the header of its first request. The bytes may come cut anywhere. */

/** Length of the frame, API key, version and correlation id stand before the client id (Kafka's request header). */
const idLengthAt = 12;
/** A longer one names nobody: a frame that lies is not kept. */
const longestId = 1024;

export class PeerName {
  #head: Uint8Array | undefined = new Uint8Array(0);

  /** Takes the bytes that came; answers the client id once, when it is known, '' for none. */
  read(bytes: Uint8Array): string | undefined {
    if (this.#head === undefined) return undefined;
    const head = new Uint8Array(Math.min(this.#head.length + bytes.length, idLengthAt + 2 + longestId));
    head.set(this.#head);
    head.set(bytes.subarray(0, head.length - this.#head.length), this.#head.length);
    this.#head = head;
    if (head.length < idLengthAt + 2) return undefined;
    const length = new DataView(head.buffer).getInt16(idLengthAt);
    if (length > 0 && length <= longestId && head.length < idLengthAt + 2 + length) return undefined;
    this.#head = undefined;
    return length > 0 && length <= longestId ? new TextDecoder().decode(head.subarray(idLengthAt + 2, idLengthAt + 2 + length)) : '';
  }
}
