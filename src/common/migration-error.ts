import { ERRNO, type ErrnoName, type ErrorCode, errnoName } from './errno.js';

export interface MigrationErrorDetails {
  /** What was being attempted, e.g. `adopt` or `migrate`. */
  readonly operation: string;
  /** The argument that was wrong, as the caller wrote it, e.g. `options.to`. */
  readonly argument?: string;
  /** What the caller can do about it. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/** What `MigrationError.code` can be: an errno name, or `ABORT_ERR` for what an AbortSignal has stopped. */
export type MigrationErrorCode = ErrorCode | 'ABORT_ERR';

/**
 * Every error that pageferry throws on purpose. What an AbortSignal has stopped is named `AbortError` and has the code
 * `ABORT_ERR` and the signal's reason as its `cause`, as Node has it.
 *
 * @example
 * ```ts
 * try {
 *   ferry.adopt(memory);
 * } catch (error) {
 *   if (!(error instanceof MigrationError)) throw error;
 *   switch (error.code) {
 *     case 'EBUSY': // another ferry has this memory
 *       break;
 *     default:
 *       throw error;
 *   }
 * }
 * ```
 */
export class MigrationError extends Error {
  override readonly name: 'MigrationError' | 'AbortError';
  /** Errno name: `EINVAL`, `EBUSY`, …; or `ABORT_ERR`. */
  readonly code: MigrationErrorCode;
  /** The negated error number, as in Node's own system errors; of `ABORT_ERR` that of ECANCELED. */
  readonly errno: number;
  /** What was being attempted, e.g. `adopt` or `migrate`. */
  readonly operation: string;
  /** What was wrong, without operation, errno and advice, which `message` also has. */
  readonly problem: string;
  /** The argument that was wrong, as the caller wrote it, e.g. `options.to`. */
  readonly argument: string | undefined;
  /** What the caller can do about it. */
  readonly advice: string | undefined;

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
    advice: 'What is left of it is in its place, with its content. Release the region.',
  });
}
