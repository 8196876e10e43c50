/** Maximum number of names. Further names get 0, which stands for no name. */
export const MAX_NAMES = 512;
/** Bytes of an entry: the length, then the name. A longer name is cut. */
const ENTRY_BYTES = 128;
const LONGEST = ENTRY_BYTES - 4;

/**
 * Names that events refer to by number, in memory that several threads share: names of channels, migrators, parameters and
 * their values. A name is written once and stays. Two threads may both write the same name.
 */
export class NameTable {
  static readonly bytes = MAX_NAMES * ENTRY_BYTES;
  /** For each entry: [0] its length. In the first entry: the number of names. */
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #known = new Map<string, number>();
  readonly #read: (string | undefined)[] = [''];

  constructor(buffer: SharedArrayBuffer, offset: number) {
    this.#words = new Int32Array(buffer, offset, NameTable.bytes / 4);
    this.#bytes = new Uint8Array(buffer, offset, NameTable.bytes);
  }

  /** The number of a name. 0 if there is no room for it. */
  numberOf(name: string): number {
    if (name === '') return 0;
    let number = this.#known.get(name);
    if (number === undefined) {
      number = this.#add(name);
      // A full table is queried for such a name each time. This map does not grow.
      if (number !== 0) this.#known.set(name, number);
    }
    return number;
  }

  /** The name with a number. Empty for 0. */
  nameOf(number: number): string {
    const known = this.#read[number];
    if (known !== undefined) return known;
    const length = Atomics.load(this.#words, (number * ENTRY_BYTES) / 4);
    const start = number * ENTRY_BYTES + 4;
    // TextDecoder does not accept shared memory.
    const name = new TextDecoder().decode(this.#bytes.slice(start, start + length));
    this.#read[number] = name;
    return name;
  }

  #add(name: string): number {
    if (Atomics.load(this.#words, 0) >= MAX_NAMES - 1) return 0;
    const number = Atomics.add(this.#words, 0, 1) + 1;
    if (number >= MAX_NAMES) {
      Atomics.sub(this.#words, 0, 1);
      return 0;
    }
    const bytes = new TextEncoder().encode(name);
    // Not in the middle of a character.
    let length = Math.min(bytes.length, LONGEST);
    while (length < bytes.length && (bytes[length]! & 0xc0) === 0x80) length--;
    this.#bytes.set(bytes.subarray(0, length), number * ENTRY_BYTES + 4);
    Atomics.store(this.#words, (number * ENTRY_BYTES) / 4, length);
    return number;
  }
}
