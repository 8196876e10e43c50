import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigratorOption } from '../../src/index.js';
import { Crew } from './support/crew.js';
import { HUGE, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { tune } from './support/parameters.js';

const MIGRATORS: readonly MigratorOption[] = [
  { name: 'dcbm', channels: 3 },
  { name: 'mtcopy', threads: 2 },
  { name: 'error', inner: { name: 'dcbm', channels: 2 }, hang: 5, failBatch: 3 },
];

for (const migrator of MIGRATORS) {
  for (const folioSize of [PAGE, HUGE]) {
    const { name } = migrator as { name: string };
    test(
      `threads that touch fresh pages while ${name} copies get zeros, folios of ${folioSize}`,
      LIMIT,
      async () => {
        await withFerry({ batchBytes: 128 * 4096 }, async (ferry) => {
          await tune(ferry, {
            pipeline_depth: 4,
            copy_timeout_ms: name === 'error' ? 20 : 10_000,
            max_failures: 1_000_000,
          });
          await ferry.registerMigrator(migrator);
          const buffer = new SharedArrayBuffer(24 * MIB);
          const region = ferry.adopt(buffer, { folioSize });
          const words = new Int32Array(buffer);
          const pages = buffer.byteLength / PAGE;
          // Runs of 64 pages that are there, for batches worth a channel, and 64 that are not.
          const isFresh = (page: number): boolean => page % 128 >= 64;
          const fresh: number[][] = [[], []];
          for (let page = 1; page < pages - 1; page++) {
            const offset = page * PAGE + 64;
            if (isFresh(page)) fresh[page % 2]!.push(offset);
            else words[offset / 4] = page;
          }
          const roles = fresh.map((list) => ({ kind: 'touch', pages: list }) as const);
          let done = false;
          const touching = Crew.start(buffer, roles)
            .then((crew) => crew.finished())
            .finally(() => {
              done = true;
            });
          for (let round = 1; !done || round < 6; round++) {
            const result = await region.migrate({ to: round % 2 });
            assert.deepEqual([result.foliosFailed, result.code], [0, null]);
          }
          assert.deepEqual(
            await touching,
            fresh.map((list) => list.length),
          );
          for (const offset of fresh.flat()) assert.equal(words[offset / 4], 1);
          for (let page = 1; page < pages - 1; page++) {
            if (!isFresh(page)) assert.equal(words[(page * PAGE + 64) / 4], page);
          }
          assert.ok(ferry.stats().offload_folios > 0);
        });
      },
    );
  }
}
