/**
 * Records of 64 bytes, each written by one thread under a sequence count, as a seqlock does. A page that is torn has a
 * wrong checksum, one that is stale an old sequence. As buffers start 16 bytes into a page, every 64th record lies
 * across two pages.
 *
 * Words: 0 sequence (odd while it is written), 1 index, 2 to 14 content, 15 checksum.
 */
export const RECORD_WORDS = 16;
const CHECKSUM = 15;

function contentAt(index: number, sequence: number, word: number): number {
  return Math.imul(index * RECORD_WORDS + word + 1, 0x9e3779b1) ^ Math.imul(sequence + 1, 0x85ebca6b);
}

/** Writes a record with the next even sequence, and returns that. */
export function writeRecord(words: Int32Array, index: number, last: number): number {
  const at = index * RECORD_WORDS;
  const sequence = last + 2;
  Atomics.store(words, at, sequence - 1);
  Atomics.store(words, at + 1, index);
  let sum = sequence ^ index;
  for (let word = 2; word < CHECKSUM; word++) {
    const value = contentAt(index, sequence, word);
    sum = Math.imul(sum ^ value, 0x01000193);
    Atomics.store(words, at + word, value);
  }
  Atomics.store(words, at + CHECKSUM, sum);
  Atomics.store(words, at, sequence);
  return sequence;
}

/** What is wrong with a record, or its sequence; undefined while it is being written. */
export function readRecord(
  words: Int32Array,
  index: number,
  scratch: Int32Array,
): number | string | undefined {
  const at = index * RECORD_WORDS;
  const sequence = Atomics.load(words, at);
  if (sequence % 2 !== 0) return undefined;
  for (let word = 1; word < RECORD_WORDS; word++) scratch[word] = Atomics.load(words, at + word);
  if (Atomics.load(words, at) !== sequence) return undefined;
  if (scratch[1] !== index) return `record ${index} says that it is ${scratch[1]}`;
  let sum = sequence ^ index;
  for (let word = 2; word < CHECKSUM; word++) {
    if (scratch[word] !== contentAt(index, sequence, word)) {
      return `record ${index} is torn: word ${word} is not of sequence ${sequence}`;
    }
    sum = Math.imul(sum ^ scratch[word]!, 0x01000193);
  }
  if (scratch[CHECKSUM] !== sum) return `record ${index} has a wrong checksum at sequence ${sequence}`;
  return sequence;
}
