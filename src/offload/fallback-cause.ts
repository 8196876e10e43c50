import type { MigrateStats } from '../mm/stats.js';

/** Why a migrator did not copy folios that it was given: the counters `fallbacks_…` have them by these names. */
export const FALLBACK_CAUSES = [
  'declined',
  'refused',
  'failed',
  'threw',
  'timed_out',
  'nonsense',
  'unverified',
  'unmarked',
] as const;

export type FallbackCause = (typeof FALLBACK_CAUSES)[number];

/** Folios by cause; docs/reliability.md says what each means. */
export type FallbackCauses = Readonly<Record<FallbackCause, number>>;

const COUNTERS = FALLBACK_CAUSES.map((cause) => [cause, `fallbacks_${cause}`] as const);

export function fallbackCauses(stats: MigrateStats): FallbackCauses {
  const causes = {} as Record<FallbackCause, number>;
  for (const [cause, counter] of COUNTERS) causes[cause] = stats.get(counter);
  return causes;
}
