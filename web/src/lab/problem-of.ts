import { MigrationError } from '../../../src/common/migration-error.js';

/** What is wrong, and what would be right. */
export function problemOf(error: unknown): string {
  if (!(error instanceof MigrationError)) return error instanceof Error ? error.message : String(error);
  return error.advice === undefined ? error.problem : `${error.problem}. ${error.advice}`;
}
