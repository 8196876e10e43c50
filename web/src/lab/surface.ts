import type { MoveFigures } from '../../../src/sim/experiments/move.js';
import type { SurfaceCell } from '../../../src/sim/lab/surface-plan.js';

export interface SurfaceResult {
  readonly cell: SurfaceCell;
  readonly figures: MoveFigures;
  /** Of an earlier setting; another is on its way. */
  readonly stale: boolean;
}

/** By `keyOf` row and folio. */
export type Surface = ReadonlyMap<string, SurfaceResult>;

export function keyOf(row: number, folio: number): string {
  return `${row}/${folio}`;
}
