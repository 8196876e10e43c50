import { MigrationError } from '../../common/migration-error.js';

/** Why a file is no profile, in one line; undefined for an error that has another reason. */
export function profileProblem(error: unknown): string | undefined {
  if (error instanceof MigrationError) {
    return error.advice === undefined ? error.problem : `${error.problem}. ${error.advice}`;
  }
  return error instanceof SyntaxError ? `not JSON: ${error.message}` : undefined;
}
