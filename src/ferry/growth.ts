/**
 * Whether a region follows its memory when that grows. `follow`: what was grown belongs to the region. `ignore`: the region is
 * as long as it was when it was adopted.
 *
 * @see {@link Ferry.adopt} for an example
 */
export type Growth = (typeof GROWTHS)[number];

export const GROWTHS = ['follow', 'ignore'] as const;
