import { ERRNO, type ErrnoName, errnoName } from './errno.js';

export interface MigrationErrorDetails {
  /** What was being attempted, e.g. `adopt` or `migrate`. */
  readonly operation: string;
  /** The argument that was wrong, as the caller wrote it, e.g. `options.to`. */
  readonly argument?: string;
  /** What the caller can do about it. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/**
 * Every error that pageferry throws on purpose. `code` is the errno name (`EINVAL`, `EBUSY`, …) and
 * `errno` its negated number, as in Node's own system errors. docs/errors.md lists the codes.
 *
 * @example
 * ```ts
 * import { MigrationError } from 'pageferry';
 *
 * try {
 *   await region.migrate({ to: 99 });
 * } catch (error) {
 *   if (error instanceof MigrationError) console.log(error.code, error.argument, error.advice);
 * }
 * ```
 */
export class MigrationError extends Error {
  /** `MigrationError`. */
  override readonly name: string = 'MigrationError';
  /** The errno name, such as `EINVAL`. */
  readonly code: string;
  /** The negated errno number. */
  readonly errno: number;
  /** The call that failed, such as `migrate`. */
  readonly operation: string;
  /** The problem alone; `message` also has the operation, the code and the advice. */
  readonly problem: string;
  /** The argument that was wrong, such as `options.to`; undefined if none was. */
  readonly argument: string | undefined;
  /** The remedy, if it is known. */
  readonly advice: string | undefined;

  /** Made by pageferry. */
  constructor(code: ErrnoName | number, message: string, details: MigrationErrorDetails) {
    const number = typeof code === 'number' ? code : ERRNO[code];
    const name = typeof code === 'number' ? errnoName(code) : code;
    const stop = /[.!?]$/.test(message) ? '' : '.';
    const advice = details.advice === undefined ? '' : `${stop} ${details.advice}`;
    super(
      `${details.operation}: ${name}: ${message}${advice}`,
      details.cause === undefined ? {} : { cause: details.cause },
    );
    this.code = name;
    this.errno = -number;
    this.operation = details.operation;
    this.problem = message;
    this.argument = details.argument;
    this.advice = details.advice;
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
