export const MOVE_MIGRATORS = ['serial', 'baseline', 'cpu'] as const;
/**
 * - `serial`: one folio at a time, as kernels before 2023 did.
 * - `baseline`: batches, no migrator, each folio copied by itself: today's kernel.
 * - `cpu`: batches, copied by the registered cpu migrator.
 */
export type MoveMigrator = (typeof MOVE_MIGRATORS)[number];

export const MOVE_LAYOUTS = ['contiguous', 'scattered'] as const;
export type MoveLayout = (typeof MOVE_LAYOUTS)[number];

export interface MoveOptions {
  /** Bytes of a folio, each once, ascending. */
  readonly folios: readonly number[];
  readonly migrators: readonly MoveMigrator[];
  /** Bytes moved in each run; a multiple of 2 MiB. */
  readonly bytes: number;
  /** Measured runs of each row. */
  readonly runs: number;
  readonly layout: MoveLayout;
  readonly seed: number;
}

/** Of a scattered layout's memory, one folio in so many moves. */
export const SCATTER = 10;

/** Bytes of program memory needed per byte moved. */
export function memoryFactor(layout: MoveLayout): number {
  return layout === 'scattered' ? SCATTER : 1;
}
