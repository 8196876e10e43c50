import type { MigrateStats } from '../mm/stats.js';
import { FALLBACK_CAUSES, type FallbackCause } from '../offload/fallback-cause.js';

/** Folios by cause; docs/reliability.md says what each means. */
export type FallbackCauses = Readonly<Record<FallbackCause, number>>;

const COUNTERS = FALLBACK_CAUSES.map((cause) => [cause, `fallbacks_${cause}`] as const);

export function fallbackCauses(stats: MigrateStats): FallbackCauses {
  const causes = {} as Record<FallbackCause, number>;
  for (const [cause, counter] of COUNTERS) causes[cause] = stats.get(counter);
  return causes;
}
