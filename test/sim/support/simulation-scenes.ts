import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimMigratorOptions } from '../../../src/sim/simulation-options.js';
import { World } from '../world.js';

export const MIGRATORS: readonly (SimMigratorOptions | undefined)[] = [
  undefined,
  { name: 'cpu' },
  { name: 'mtcopy', threads: 1 },
  { name: 'mtcopy', threads: 5 },
  { name: 'dcbm', channels: 1 },
  { name: 'dcbm', channels: 16 },
];

function titleOf(migrator: SimMigratorOptions | undefined): string {
  if (migrator === undefined) return 'no migrator';
  const { name, threads, channels } = migrator;
  return `${name}${threads === undefined ? '' : ` with ${threads} threads`}${channels === undefined ? '' : ` with ${channels} channels`}`;
}

/** A case for each migrator, with folios of these orders. */
export function everyFolioArrives(migrators: typeof MIGRATORS, orders: readonly number[]): void {
  for (const migrator of migrators) {
    test(`${titleOf(migrator)}: every folio arrives with its content, of every size`, () => {
      for (const order of orders) {
        for (const words of [1, 1024]) {
          const world = new World(2048, order, { words });
          if (migrator !== undefined) world.register(migrator);
          const moved = world.move(order, { batchPages: 600 });
          assert.equal(moved.result, 0);
          assert.deepEqual(world.check(moved), [0, 2048]);
          assert.equal(moved.stats.get('offload_folios'), migrator === undefined ? 0 : 2048 >> order);
        }
      }
    });
  }
}
