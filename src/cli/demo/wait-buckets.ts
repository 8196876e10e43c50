/** Upper end of the first bucket, in nanoseconds: a look at the clock takes about as long. */
const FIRST_NS = 128;
/** Buckets of each factor of two. */
const PER_OCTAVE = 4;
const OCTAVES = 23;

/** Upper ends of the buckets in nanoseconds, but of the last, which takes all that is longer (about a second). */
export const WAIT_BUCKETS_NS: readonly number[] = Array.from(
  { length: PER_OCTAVE * OCTAVES + 1 },
  (_, i) => FIRST_NS * 2 ** (i / PER_OCTAVE),
);

export const WAIT_BUCKETS = WAIT_BUCKETS_NS.length + 1;

/** The bucket of an access that took so long. */
export function waitBucket(ns: number): number {
  if (ns <= FIRST_NS) return 0;
  return Math.min(Math.ceil(Math.log2(ns / FIRST_NS) * PER_OCTAVE), WAIT_BUCKETS - 1);
}
