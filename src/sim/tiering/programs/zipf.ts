import { RandomStream } from '../../../common/random.js';
import { normalize, type ProgramSize, type TieredProgram, unitsOf } from './program.js';

/** The skew of YCSB (SoCC 2010). */
const THETA = 0.99;
const VALUE_BYTES = 1024;
/** The keys that are placed one by one. All others have their mean, and are spread evenly. */
const SINGLE_KEYS = 2 ** 18;

/** A key-value store with Zipf popularity. A key's place has nothing to do with its popularity. */
export function zipf(size: ProgramSize): TieredProgram {
  const units = unitsOf(size);
  const keys = Math.max(1, Math.floor(size.bytes / VALUE_BYTES));
  const random = new RandomStream(size.seed);
  const weights = new Float64Array(units);
  const single = Math.min(keys, SINGLE_KEYS);
  for (let rank = 1; rank <= single; rank++) weights[random.below(units)]! += rank ** -THETA;
  // The sum of rank^-theta over the other keys, as an integral.
  const rest = (keys ** (1 - THETA) - single ** (1 - THETA)) / (1 - THETA);
  for (let unit = 0; unit < units; unit++) weights[unit]! += rest / units;
  normalize(weights);
  return {
    ...size,
    name: 'zipf',
    overlap: 2,
    thinkNs: 100,
    // Hash bucket, entry, and the cache lines of the value.
    accessesPerOperation: 2 + VALUE_BYTES / 64,
    writes: 0.05,
    fill(shares) {
      shares.set(weights);
    },
  };
}
