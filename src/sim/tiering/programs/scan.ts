import { type ProgramSize, type TieredProgram, unitsOf } from './program.js';

/** Time of one pass over the memory. */
const PASS_MS = 2000;

/** Scans all of its memory again and again. No unit is hotter than another in the long run, so no policy can gain. */
export function scan(size: ProgramSize): TieredProgram {
  const units = unitsOf(size);
  return {
    ...size,
    name: 'scan',
    // Hardware prefetches the next lines.
    overlap: 10,
    thinkNs: 10,
    accessesPerOperation: 1,
    writes: 0,
    fill(shares, fromMs, toMs) {
      shares.fill(0);
      const from = (fromMs / PASS_MS) * units;
      const to = (toMs / PASS_MS) * units;
      const length = to - from;
      for (let at = Math.floor(from); at < to; at++) {
        shares[at % units]! += (Math.min(at + 1, to) - Math.max(at, from)) / length;
      }
    },
  };
}
