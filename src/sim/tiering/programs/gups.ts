import { RandomStream, sample, seededRandom } from '../../../common/random.js';
import { type ProgramSize, type TieredProgram, unitsOf } from './program.js';

/** Part of the memory that is hot, and the part of the accesses that go there. */
const HOT_MEMORY = 1 / 8;
const HOT_ACCESSES = 0.9;
/** The hot set moves so often. */
const PERIOD_MS = 20_000;

/** GUPS: random updates, most of them of a hot set that moves elsewhere from time to time. */
export function gups(size: ProgramSize): TieredProgram {
  const units = unitsOf(size);
  const hot = Math.max(1, Math.round(units * HOT_MEMORY));
  const order = sample(seededRandom(size.seed), units, units);
  const first = new RandomStream(size.seed).below(units);
  return {
    ...size,
    name: 'gups',
    overlap: 4,
    thinkNs: 5,
    accessesPerOperation: 1,
    writes: 1,
    fill(shares, fromMs) {
      shares.fill((1 - HOT_ACCESSES) / units);
      const phase = Math.floor(fromMs / PERIOD_MS);
      for (let i = 0; i < hot; i++) {
        shares[order[(first + phase * hot + i) % units]!]! += HOT_ACCESSES / hot;
      }
    },
  };
}
