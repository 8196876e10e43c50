import type { MigrateStats } from '../mm/stats.js';

/** Why a migrator did not copy folios that it was given. */
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

export function fallbackCauses(stats: MigrateStats): FallbackCauses {
  return Object.fromEntries(
    FALLBACK_CAUSES.map((cause) => [cause, stats.get(`fallbacks_${cause}`)]),
  ) as FallbackCauses;
}
