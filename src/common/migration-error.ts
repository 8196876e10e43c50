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
 * `errno` its negated number, as in Node's own system errors.
 */
export class MigrationError extends Error {
  override readonly name: string = 'MigrationError';
  readonly code: string;
  readonly errno: number;
  readonly operation: string;
  /** What was wrong, without operation, errno and advice, which `message` also has. */
  readonly problem: string;
  readonly argument: string | undefined;
  readonly advice: string | undefined;

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
