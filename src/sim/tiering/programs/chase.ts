import { type ProgramSize, type TieredProgram, unitsOf } from './program.js';

/** Part of the memory that the list is in. */
const LIST = 1 / 8;

/** A pointer chase through a list that was allocated last, when the fast node was full. One access waits for the other. */
export function chase(size: ProgramSize): TieredProgram {
  const units = unitsOf(size);
  const list = Math.max(1, Math.round(units * LIST));
  return {
    ...size,
    name: 'chase',
    overlap: 1,
    thinkNs: 0,
    accessesPerOperation: 1,
    writes: 0,
    fill(shares) {
      shares.fill(0);
      shares.fill(1 / list, units - list);
    },
  };
}
