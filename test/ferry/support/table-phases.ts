import type { CopyMode } from '../../../src/index.js';
import type { TableFailure } from './failing-tables.js';

type Point = readonly [call: TableFailure['call'], when: TableFailure['when'], nth: number];

/**
 * Each step of the first migration of a region by page table. Calls of mremap: 1 to 3 make the shadow on the target
 * ready (out, the first half back, the second half back), 4 to 6 the shadow on the source, 7 takes the batch out, 8 brings
 * it in.
 */
export function tablePhases(copyMode: CopyMode): Point[] {
  const moves = [1, 2, 3, 4, 5, 6, 7, 8];
  // What is write-protected leaves with its registration, which is ended once the batch is back.
  const unregistered = copyMode === 'exclusive' ? [1, 7] : [1, 8];
  return [
    ...around('remap', moves),
    ...around('unregister', unregistered),
    ...around('register', [2, 3, 8]),
    ...around('wake', [2, 3, 8]),
  ];
}

function around(call: TableFailure['call'], moves: readonly number[]): Point[] {
  return moves.flatMap((nth): Point[] => [
    [call, 'before', nth],
    [call, 'after', nth],
  ]);
}
