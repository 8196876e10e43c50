import { RECORD_WORDS, readRecord } from '../records.js';
import type { Bench } from './thread.js';

const BURST = 100;

/** Reads records: none may be torn, nor older than what was surely written before, nor than what was seen before. */
export function read({ task, random, stopped, did }: Bench): Uint32Array[] {
  const words = new Int32Array(task.records);
  const written = new Int32Array(task.written);
  const records = words.length / RECORD_WORDS;
  const seen = new Int32Array(records);
  const scratch = new Int32Array(RECORD_WORDS);
  while (!stopped()) {
    let checked = 0;
    for (let i = 0; i < BURST; i++) {
      const index = random(records);
      const min = Math.max(Atomics.load(written, index), seen[index]!);
      const sequence = readRecord(words, index, scratch);
      if (sequence === undefined) continue;
      if (typeof sequence === 'string') throw new Error(sequence);
      if (sequence < min) throw new Error(`record ${index} is stale: sequence ${sequence} after ${min}`);
      seen[index] = sequence;
      checked++;
    }
    did(checked);
  }
  return [];
}
