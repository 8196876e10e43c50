import { ERRNO } from '../common/errno.js';
import type { FallbackCause } from '../mm/fallback-cause.js';

/** The meaning of a migrator's result. */
export interface CopyOutcome {
  /** The cause for each folio that the migrator did not copy. */
  readonly cause: FallbackCause;
  /** Whether it declined the batch, which is not an error. */
  readonly declined: boolean;
  /** Whether folios without a mark are excused: it declined, or had no channel for them. */
  readonly excused: boolean;
  /** Whether it failed, whatever it marked. */
  readonly failed: boolean;
  readonly why: string;
}

const COPIED: CopyOutcome = {
  cause: 'unmarked',
  declined: false,
  excused: false,
  failed: false,
  why: 'it reported success without marking every folio',
};
const DECLINED: CopyOutcome = {
  cause: 'declined',
  declined: true,
  excused: true,
  failed: false,
  why: 'it declined',
};
const REFUSED: CopyOutcome = {
  cause: 'refused',
  declined: false,
  excused: true,
  failed: false,
  why: 'it had no free channel',
};
const TIMED_OUT: CopyOutcome = {
  cause: 'timed_out',
  declined: false,
  excused: false,
  failed: true,
  why: 'it timed out',
};

/** Interprets a result of `offloadCopy` or `finish`. A user's module may return anything. */
export function outcomeOf(result: unknown): CopyOutcome {
  if (typeof result !== 'number' || !Number.isInteger(result) || result > 0 || result < -4095) {
    return {
      cause: 'nonsense',
      declined: false,
      excused: false,
      failed: true,
      why: `it returned ${describe(result)}, which is neither 0 nor a negative errno`,
    };
  }
  switch (result) {
    case 0:
      return COPIED;
    case -ERRNO.EOPNOTSUPP:
      return DECLINED;
    case -ERRNO.EBUSY:
    case -ERRNO.ENODEV:
      return REFUSED;
    case -ERRNO.ETIMEDOUT:
      return TIMED_OUT;
    default:
      return {
        cause: 'failed',
        declined: false,
        excused: false,
        failed: true,
        why: `it returned ${result}`,
      };
  }
}

/** The outcome of a copy that threw. */
export function failedCopy(error: unknown): CopyOutcome {
  return {
    cause: 'threw',
    declined: false,
    excused: false,
    failed: true,
    why: `it threw: ${describe(error)}`,
  };
}

/** Never throws, not even for an object that cannot be converted to text. */
function describe(value: unknown): string {
  try {
    return String(value instanceof Error ? value.message : value);
  } catch {
    return `a ${typeof value}`;
  }
}
