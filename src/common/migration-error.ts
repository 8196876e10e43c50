import { ERRNO, type ErrnoName, type ErrorCode, errnoName } from './errno.js';

export interface MigrationErrorDetails {
  /** The call that was attempted, such as `adopt` or `migrate`. */
  readonly operation: string;
  /** The argument that was wrong, as the caller wrote it, such as `options.to`. */
  readonly argument?: string;
  /** The remedy for the caller. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/**
 * The type of {@link MigrationError.code}: an errno name, or `ABORT_ERR` for the error of an AbortSignal.
 * @see {@link MigrationError} for an example
 */
export type MigrationErrorCode = ErrorCode | 'ABORT_ERR';

/**
 * Every error that pageferry throws on purpose. As in Node's system errors, `code` is the errno name (`EINVAL`, `EBUSY`, …)
 * and `errno` its negated number. docs/errors.md lists the codes. The error of an AbortSignal has the name `AbortError`,
 * the code `ABORT_ERR` and the reason of the signal as its `cause`, as in Node.
 * @example
 * ```ts
 * try {
 *   await region.migrate({ to: 99 });
 * } catch (error) {
 *   if (!(error instanceof MigrationError)) throw error;
 *   switch (error.code) {
 *     case 'ENODEV':
 *       console.log(error.argument, error.advice);
 *       break;
 *     default:
 *       throw error;
 *   }
 * }
 * ```
 */
export class MigrationError extends Error {
  /** `MigrationError`, or `AbortError` for the error of an AbortSignal. */
  override readonly name: 'MigrationError' | 'AbortError';
  /** The errno name, such as `EINVAL`, or `ABORT_ERR`. */
  readonly code: MigrationErrorCode;
  /** The negated errno number. For `ABORT_ERR` it is that of ECANCELED. */
  readonly errno: number;
  /** The call that failed, such as `migrate`. */
  readonly operation: string;
  /** The problem alone. `message` also has the operation, the code and the advice. */
  readonly problem: string;
  /** The argument that was wrong, such as `options.to`; undefined if none was. */
  readonly argument: string | undefined;
  /** The remedy, if it is known. */
  readonly advice: string | undefined;

  /** Only pageferry makes these errors. */
  constructor(code: MigrationErrorCode | number, message: string, details: MigrationErrorDetails) {
    const name = typeof code === 'number' ? errnoName(code) : code;
    const number = typeof code === 'number' ? code : numberOf(code);
    const stop = /[.!?]$/.test(message) ? '' : '.';
    const advice = details.advice === undefined ? '' : `${stop} ${details.advice}`;
    super(
      `${details.operation}: ${name}: ${message}${advice}`,
      details.cause === undefined ? {} : { cause: details.cause },
    );
    this.name = name === 'ABORT_ERR' ? 'AbortError' : 'MigrationError';
    this.code = name;
    this.errno = -number;
    this.operation = details.operation;
    this.problem = message;
    this.argument = details.argument;
    this.advice = details.advice;
  }
}

function numberOf(code: MigrationErrorCode): number {
  if (code === 'ABORT_ERR') return ERRNO.ECANCELED;
  return code in ERRNO ? ERRNO[code as ErrnoName] : Number(code.slice('errno '.length));
}

/** The error for an invalid argument. It is thrown before anything has moved. */
export function invalidArgument(
  operation: string,
  argument: string,
  message: string,
  advice?: string,
): MigrationError {
  return new MigrationError('EINVAL', `${argument}: ${message}`, {
    operation,
    argument,
    ...(advice === undefined ? {} : { advice }),
  });
}

/** The error of a migration whose memory was unmapped or moved to another address. */
export function staleMemory(): MigrationError {
  return new MigrationError('ESTALE', "the region's memory was unmapped, or moved to another address", {
    operation: 'migrate',
    argument: 'region',
    advice: 'The pages that are still mapped are in place, with their content. Release the region.',
  });
}
