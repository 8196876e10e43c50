/** A Set has at most 2^24 elements, and takes more than a bit for each. */
const MAX_SET = 2 ** 22;
const WORDS = 2 ** 27;

/** Counts different 32-bit hashes, of any number of schedules. From 4 million on it takes 512 MiB. */
export class OrderCounter {
  #set: Set<number> | undefined = new Set();
  #bits: Uint32Array | undefined;
  #count = 0;

  get size(): number {
    return this.#set?.size ?? this.#count;
  }

  add(hash: number): void {
    if (this.#set !== undefined) {
      this.#set.add(hash);
      if (this.#set.size <= MAX_SET) return;
      this.#bits = new Uint32Array(WORDS);
      const known = this.#set;
      this.#set = undefined;
      for (const each of known) this.#mark(each);
      return;
    }
    this.#mark(hash);
  }

  #mark(hash: number): void {
    const bits = this.#bits!;
    const bit = 1 << (hash & 31);
    const word = hash >>> 5;
    if ((bits[word]! & bit) !== 0) return;
    bits[word]! |= bit;
    this.#count++;
  }
}
