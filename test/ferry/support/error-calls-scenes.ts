import assert from 'node:assert/strict';
import { MigrationError } from '../../../src/common/migration-error.js';
import { serveDashboard } from '../../../src/dashboard.js';
import type { Ferry, Region } from '../../../src/index.js';
import { serveParameters } from '../../../src/parameters.js';
import { MIB } from './fixture.js';

export async function refused(run: () => unknown): Promise<MigrationError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof MigrationError, String(error));
    return error;
  }
  assert.fail('it was not refused');
}

/** Calls of a ferry that cannot do anything any more. */
export const LATE: readonly (readonly [
  operation: string,
  call: (ferry: Ferry, region: Region) => unknown,
])[] = [
  ['adopt', (ferry) => ferry.adopt(new SharedArrayBuffer(MIB))],
  ['allocate', (ferry) => ferry.allocate(MIB)],
  ['migrate', (_, region) => region.migrate({ to: 1 })],
  ['movePages', (_, region) => region.movePages([4096], null)],
  ['locate', (_, region) => region.locate()],
  ['refresh', (_, region) => region.refresh()],
  ['prefill', (ferry) => ferry.prefill({ node: 1, bytes: 0 })],
  ['registerMigrator', (ferry) => ferry.registerMigrator({ name: 'cpu' })],
  ['unregisterMigrator', (ferry) => ferry.unregisterMigrator('cpu')],
  ['parameters.set', (ferry) => ferry.parameters.set('module/dcbm/parameters/offloading', true)],
  ['trace', (ferry) => ferry.trace()],
  ['serveDashboard', (ferry) => serveDashboard(ferry)],
  ['serveParameters', (ferry) => serveParameters(ferry, '/tmp/pageferry-never.sock')],
];
