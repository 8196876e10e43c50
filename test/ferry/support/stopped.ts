import type { MigrateResult, Region } from '../../../src/index.js';
import { assertAllMoved, refusal } from './fixture.js';

/**
 * Whether a migration was stopped: it rejects with ECANCELED, naming this argument. False when it was over before it could
 * be, which a busy host may bring about: then all has moved, and the test has to try again.
 */
export async function wasStopped(
  region: Region,
  migration: Promise<MigrateResult>,
  argument?: string,
): Promise<boolean> {
  const outcome = await migration.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return refusal('ECANCELED', argument)(outcome.error);
  assertAllMoved(region, outcome.result);
  return false;
}
