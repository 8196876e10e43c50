import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveDashboard } from '../../src/dashboard.js';
import { MigrationError, openFerry } from '../../src/index.js';
import { serveParameters } from '../../src/parameters.js';
import { takeDescriptors } from '../linux/support/without-descriptors.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './support/fixture.js';

const GOOD_MODULE = new URL('./fixtures/good.mjs', new URL('../../../test/ferry/', import.meta.url)).href;

/** What a call rejected with. */
async function rejection(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

test(
  'a ferry of a process without descriptors moves and adopts memory, and what needs one says EMFILE',
  LIMIT,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pageferry-'));
    const path = join(folder, 'socket');
    const buffers = [new SharedArrayBuffer(32 * MIB), new SharedArrayBuffer(8 * MIB)];
    for (const buffer of buffers) fill(buffer);
    // Nothing is kept in the pools: a migration has to ask the host for memory.
    await withFerry({ poolBytes: 0 }, async (ferry) => {
      const region = ferry.adopt(buffers[0]!);
      assertAllMoved(region, await region.migrate({ to: 1 }));
      const refusals = new Map<string, unknown>();
      const giveBack = takeDescriptors();
      try {
        assertAllMoved(region, await region.migrate({ to: 0 }));
        assertAllMoved(region, await region.migrate({ to: 1, copyMode: 'write-protected' }));
        const adopted = ferry.adopt(buffers[1]!);
        const allocated = ferry.allocate(4 * MIB);
        fill(allocated.buffer);
        for (const more of [adopted, allocated]) assertAllMoved(more, await more.migrate({ to: 1 }));
        assert.ok((await ferry.prefill({ node: 1, bytes: MIB })) >= MIB);
        const calls: Record<string, () => unknown> = {
          openFerry: () => openFerry(),
          'registerMigrator dcbm': () => ferry.registerMigrator({ name: 'dcbm', channels: 2 }),
          'registerMigrator mtcopy': () => ferry.registerMigrator({ name: 'mtcopy', threads: 2 }),
          'registerMigrator module': () => ferry.registerMigrator({ module: GOOD_MODULE }),
          ...Object.fromEntries(
            (['referenced', 'written'] as const).map((source) => [
              `heat ${source}`,
              () => region.heat({ source, intervalMs: 50 }).next(),
            ]),
          ),
          serveParameters: () => serveParameters(ferry, path),
          serveDashboard: () => serveDashboard(ferry, { port: 0 }),
        };
        for (const [name, call] of Object.entries(calls)) refusals.set(name, await rejection(call));
      } finally {
        giveBack();
      }
      for (const [name, error] of refusals) {
        assert.ok(error instanceof MigrationError, `${name}: ${String(error)}`);
        assert.equal(error.code, 'EMFILE', `${name}: ${error.message}`);
        assert.equal(error.operation, name.split(' ')[0]);
        assert.match(error.message, /no free file descriptors.*ulimit -n/, name);
      }
      // All of it works once there are descriptors, and nothing was left behind.
      assert.deepEqual(readdirSync(folder), []);
      const server = await serveParameters(ferry, path);
      assert.equal(await ferry.registerMigrator({ name: 'dcbm', channels: 2 }), 'dcbm');
      assertAllMoved(region, await region.migrate({ to: 0 }));
      await server.close();
      await (await openFerry()).close();
    });
    for (const buffer of buffers) assertContent(buffer);
    rmSync(folder, { recursive: true });
  },
);
