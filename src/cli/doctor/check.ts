/**
 * - `ok`: as it should be.
 * - `limited`: migration works, with a restriction.
 * - `missing`: without it, real memory cannot be migrated.
 */
export type CheckStatus = 'ok' | 'limited' | 'missing';

/** One finding of `doctor`. */
export interface Check {
  readonly id: string;
  readonly status: CheckStatus;
  /** The finding, in a few words. */
  readonly found: string;
  /** More of the finding, a line each. */
  readonly lines?: readonly string[];
  /** The reason for which it is not ok. */
  readonly why?: string;
  /** The way to change that. */
  readonly advice?: string;
  /** The finding for programs. */
  readonly details?: Readonly<Record<string, unknown>>;
}
