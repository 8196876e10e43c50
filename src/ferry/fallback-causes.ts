import type { MigrateStats } from '../mm/stats.js';
import { FALLBACK_CAUSES, type FallbackCause } from '../offload/fallback-cause.js';

/** Folios by cause; docs/reliability.md says what each means. */
export type FallbackCauses = Readonly<Record<FallbackCause, number>>;

export function fallbackCauses(stats: MigrateStats): FallbackCauses {
  return Object.fromEntries(
    FALLBACK_CAUSES.map((cause) => [cause, stats.get(`fallbacks_${cause}`)]),
  ) as FallbackCauses;
}
