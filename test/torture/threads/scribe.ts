import { RECORD_WORDS, writeRecord } from '../records.js';
import type { Bench } from './thread.js';

const BURST = 100;

/** Writes records, each with a higher sequence than before. */
export function scribe({ task, random, stopped, did }: Bench): Uint32Array[] {
  const words = new Int32Array(task.records);
  const written = new Int32Array(task.written);
  const records = words.length / RECORD_WORDS;
  while (!stopped()) {
    for (let i = 0; i < BURST; i++) {
      const index = random(records);
      Atomics.store(written, index, writeRecord(words, index, written[index]!));
    }
    did(BURST);
  }
  return [];
}
