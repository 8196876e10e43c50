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
