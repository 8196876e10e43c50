/**
 * - `ok`: as it should be.
 * - `limited`: migration works, with a restriction.
 * - `missing`: without it, real memory cannot be migrated.
 */
export type CheckStatus = 'ok' | 'limited' | 'missing';

/** One thing that `doctor` looked at. */
export interface Check {
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found, in a few words. */
  readonly found: string;
  /** Why it is not ok. */
  readonly why?: string;
  /** How to change that. */
  readonly advice?: string;
  /** The same for programs. */
  readonly details?: Readonly<Record<string, unknown>>;
}
