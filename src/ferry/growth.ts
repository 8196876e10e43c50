/**
 * Whether a region follows its memory when the memory grows. `follow`: the new part belongs to the region. `ignore`:
 * the region keeps the length that it was adopted with.
 *
 * @see {@link Ferry.adopt} for an example
 */
export type Growth = (typeof GROWTHS)[number];

export const GROWTHS = ['follow', 'ignore'] as const;
