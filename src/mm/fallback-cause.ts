/** Why a migrator did not copy folios that it was given. docs/reliability.md explains each cause. */
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

/** Folios by cause. */
export type FallbackCauses = Readonly<Record<FallbackCause, number>>;
