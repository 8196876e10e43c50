import { ERRNO, type ErrnoName, type ErrorCode, errnoName } from './errno.js';

export interface MigrationErrorDetails {
  /** The public call that was made, such as `adopt` or `migrate`: see `errorOf`. */
  readonly operation: string;
  /** The argument that was wrong, as the caller wrote it, e.g. `options.to`. */
  readonly argument?: string;
  /** What the caller can do about it. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/**
 * The type of {@link MigrationError.code}: an errno name, or `ABORT_ERR` for the error of an AbortSignal.
 *
 * @see {@link MigrationError} for an example
 */
export type MigrationErrorCode = ErrorCode | 'ABORT_ERR';

/**
 * Every error that pageferry throws on purpose. `code` is the errno name (`EINVAL`, `EBUSY`, …) and
 * `errno` its negated number, as in Node's own system errors. docs/errors.md lists the codes. The error of
 * an AbortSignal has the name `AbortError`, the code `ABORT_ERR` and the reason of the signal as its
 * `cause`, as Node's own have.
 *
 * @example
 * ```ts
 * import { MigrationError } from 'pageferry';
 *
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
  /** The public call that failed, such as `migrate` or `parameters.set`. */
  readonly operation: string;
  /** The problem alone; `message` also has the operation, the code and the advice. */
  readonly problem: string;
  /** The argument that was wrong, such as `options.to`; undefined if none was. */
  readonly argument: string | undefined;
  /** The remedy, if it is known. */
  readonly advice: string | undefined;

  /** Made by pageferry. */
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

/**
 * An error as the caller of `operation` gets it. One that another part of pageferry has made, for what it was doing
 * itself, names the public call instead. `argument` is for an error that names none.
 */
export function errorOf(operation: string, error: unknown, argument?: string): unknown {
  if (!(error instanceof MigrationError)) return error;
  const named = error.argument ?? argument;
  if (error.operation === operation && error.argument === named) return error;
  return new MigrationError(error.code, error.problem, {
    operation,
    cause: error.cause,
    ...(named === undefined ? {} : { argument: named }),
    ...(error.advice === undefined ? {} : { advice: error.advice }),
  });
}

/** Runs what a public call does. @throws {@link MigrationError} that names this call, whatever part has thrown it. */
export function inCall<T>(operation: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw errorOf(operation, error);
  }
}

/** An argument that cannot be accepted: thrown before anything has moved. */
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

/** What the migration of memory that is elsewhere by now ends with. */
export function staleMemory(): MigrationError {
  return new MigrationError('ESTALE', "the region's memory was unmapped, or moved to another address", {
    operation: 'migrate',
    argument: 'region',
    advice: 'The pages that are still mapped are in place, with their content. Release the region.',
  });
}
