/**
 * Whether a region keeps its memory from being freed. `weak`: only during calls of the region.
 *
 * @see {@link Ferry.adopt} for an example
 */
export type Reference = (typeof REFERENCES)[number];

export const REFERENCES = ['strong', 'weak'] as const;
