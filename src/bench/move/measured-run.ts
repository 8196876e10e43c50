import type { Ferry } from '../../ferry/ferry.js';
import type { FallbackCauses } from '../../mm/fallback-cause.js';
import { FALLBACK_CAUSES, type FallbackCause } from '../../mm/fallback-cause.js';
import type { Mover, Run } from './mover.js';
import type { RowSpec } from './row-spec.js';

/** A run, and what the ferry counted meanwhile. */
export interface MeasuredRun extends Run {
  readonly batches: number;
  /** Folios that a migrator was given and did not copy. */
  readonly fallbacks: number;
  readonly fallbackCauses: FallbackCauses;
  /** Folios that were moved along although they were on the target. */
  readonly gapFoliosMoved: number;
  readonly gapBytesMoved: number;
}

export async function measureRun(
  ferry: Ferry,
  mover: Mover,
  to: number,
  spec: RowSpec,
): Promise<MeasuredRun> {
  const before = ferry.stats();
  const run = await mover.move(to, spec);
  const after = ferry.stats();
  const counted = (name: keyof typeof after) => after[name] - before[name];
  return {
    ...run,
    batches: counted('batches'),
    fallbacks: counted('fallbacks'),
    fallbackCauses: eachCause((cause) => counted(`fallbacks_${cause}`)),
    gapFoliosMoved: counted('gap_folios_moved'),
    gapBytesMoved: counted('gap_bytes_moved'),
  };
}

/** A number for each cause. */
export function eachCause(of: (cause: FallbackCause) => number): FallbackCauses {
  return Object.fromEntries(FALLBACK_CAUSES.map((cause) => [cause, of(cause)])) as FallbackCauses;
}
