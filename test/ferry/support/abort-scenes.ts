import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MigrateResult, MigrationAbortedError } from '../../../src/index.js';
import { amount } from '../../deep.js';
import { countersAdded, fillCounters } from './content.js';
import { Crew } from './crew.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, PAGE, tally, whereAll, withFerry } from './fixture.js';

export async function abortError(migration: Promise<unknown>): Promise<MigrationAbortedError> {
  const error = await migration.then(
    () => assert.fail('the migration was not aborted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof MigrationAbortedError, String(error));
  assert.equal(error.name, 'AbortError');
  assert.equal(error.code, 'ABORT_ERR');
  assert.match(error.message, /^migrate: ABORT_ERR: aborted by options.signal/);
  assert.equal(error.argument, 'options.signal');
  return error;
}

export const SIGNAL_STOPS_CASES = [PAGE, 2 * MIB];

export function signalStops(cases: readonly (typeof SIGNAL_STOPS_CASES)[number][]): void {
  for (const folioSize of cases) {
    test(
      `a signal stops between batches, with the result so far, folios of ${folioSize}`,
      LIMIT,
      async () => {
        await withFerry({ batchBytes: 4096 }, async (ferry) => {
          const buffer = new SharedArrayBuffer(amount(32, 64) * MIB);
          const region = ferry.adopt(buffer, { folioSize });
          fillCounters(buffer);
          const crew = await Crew.start(buffer, [{ kind: 'write' }]);
          let result: MigrateResult;
          for (;;) {
            const controller = new AbortController();
            const { batches } = ferry.stats();
            const migration = region.migrate({ to: 1, signal: controller.signal });
            await nextBatch(ferry, batches);
            controller.abort();
            const over = await migration.catch(() => undefined);
            if (over === undefined) {
              ({ result } = await abortError(migration));
              if (result.bytesMoved < region.migratableBytes) break;
            }
            // On a busy host it may have been too late.
            else assertAllMoved(region, over);
            assert.deepEqual(tally(await whereAll(region)), { 1: region.migratableBytes / PAGE });
            assertAllMoved(region, await region.migrate({ to: 0 }));
          }
          assert.ok(result.foliosMoved > 0);
          assert.equal(result.foliosFailed, 0);
          assert.deepEqual(tally(await whereAll(region)), {
            0: (region.migratableBytes - result.bytesMoved) / PAGE,
            1: result.bytesMoved / PAGE,
          });
          await crew.allGoOn();

          const rest = await region.migrate({ to: 1, batchBytes: 4096 });
          assert.equal(rest.foliosOnTarget, result.foliosMoved);
          assert.equal(rest.bytesMoved + result.bytesMoved, region.migratableBytes);
          const [added] = await crew.stop();
          assert.equal(countersAdded(buffer), added);
        });
      },
    );
  }
}
