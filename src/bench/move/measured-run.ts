import type { Ferry } from '../../ferry/ferry.js';
import { FALLBACK_CAUSES, type FallbackCause, type FallbackCauses } from '../../mm/fallback-cause.js';
import type { Mover, Run } from './mover.js';
import type { RowSpec } from './row-spec.js';

/** A run, and what the ferry counted during it. */
export interface MeasuredRun extends Run {
  readonly batches: number;
  /** Folios that a migrator was given and did not copy. */
  readonly fallbacks: number;
  readonly fallbackCauses: FallbackCauses;
  /** Folios that moved although they were on the target. */
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

export function eachCause(of: (cause: FallbackCause) => number): FallbackCauses {
  return Object.fromEntries(FALLBACK_CAUSES.map((cause) => [cause, of(cause)])) as FallbackCauses;
}

/** The first few hundred batches of any row are slow, as code is compiled and pools are filled. */
export const WARM_BATCHES = 1000;
/** Ends the warm-up of rows that move nothing, so that their batches are never counted. */
const MAX_TRIPS = 500;
/** The kernel's row counts no batches, and compiles no code. */
const KERNEL_TRIPS = 2;

/** Migrates there and back, at least once, until `batches` have moved. */
export async function warmUp(ferry: Ferry, mover: Mover, spec: RowSpec, batches: number): Promise<void> {
  const [here, there] = ferry.nodeIds as [number, number];
  let done = 0;
  const max = spec.migrator === 'kernel' ? KERNEL_TRIPS : MAX_TRIPS;
  for (let trip = 0; trip < max && (trip === 0 || done < batches); trip++) {
    for (const to of [there, here]) {
      await mover.prepare();
      done += (await measureRun(ferry, mover, to, spec)).batches;
      await mover.afterRun?.(to, spec);
    }
  }
}
