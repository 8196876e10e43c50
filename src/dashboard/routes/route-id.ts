import { invalidArgument } from '../../common/migration-error.js';

/** A route with an `:id`. */
export interface WithId {
  Params: { id: string };
}

/** @throws MigrationError EINVAL for an id that is not a number */
export function idOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidArgument('request', 'id', 'must be a number');
}
