import type { TableFailure } from './failing-tables.js';

type Point = readonly [call: TableFailure['call'], when: TableFailure['when'], nth: number];

/**
 * Each step of the first migration of a region by page table. Calls of mremap: 1 to 3 make the shadow on the target
 * ready (out, the first half back, the second half back), 4 to 6 the shadow on the source, 7 takes the batch out, 8 brings
 * it in.
 */
export const TABLE_PHASES: readonly Point[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((nth) => [
    ['remap', 'before', nth] as const,
    ['remap', 'after', nth] as const,
  ]),
  ...[1, 7].flatMap((nth) => [['unregister', 'before', nth] as const, ['unregister', 'after', nth] as const]),
  ...[2, 3, 8].flatMap((nth) => [
    ['register', 'before', nth] as const,
    ['register', 'after', nth] as const,
    ['wake', 'before', nth] as const,
    ['wake', 'after', nth] as const,
  ]),
];
