import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigrateResult, NodeOption, Region } from '../../../src/index.js';
import { assertContent, fill } from './content.js';
import { HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './fixture.js';
import type { FOLIO_SIZES } from './live.js';

export const CAPACITY = 5 * MIB;

export const NODES: readonly NodeOption[] = [
  { id: 0, numaNode: 0 },
  { id: 1, numaNode: 0, capacityBytes: CAPACITY },
];

export function failedBytes({ failures }: MigrateResult): number {
  return failures.reduce((sum, { length }) => sum + length, 0);
}

function assertWithin(region: Region, { failures }: MigrateResult): void {
  const { offset, length } = region.migratable[0]!;
  let reached = offset;
  for (const failure of failures.toSorted((a, b) => a.offset - b.offset)) {
    assert.ok(failure.offset >= reached, 'failures do not overlap');
    assert.equal((failure.offset - offset) % PAGE, 0);
    reached = failure.offset + failure.length;
  }
  assert.ok(reached <= offset + length);
}

export function fullTarget(cases: readonly (typeof FOLIO_SIZES)[number][]): void {
  for (const folioSize of cases) {
    test(
      `a full target: ENOMEM, what fits has moved, the rest is where it was, folios of ${folioSize}`,
      LIMIT,
      async () => {
        await withFerry({ nodes: NODES }, async (ferry) => {
          const buffer = new SharedArrayBuffer(16 * MIB);
          const region = ferry.adopt(buffer, { folioSize });
          fill(buffer);
          const result = await region.migrate({ to: 1 });
          assert.equal(result.code, 'ENOMEM');
          assert.ok(result.bytesMoved > 0);
          assert.ok(result.bytesMoved <= CAPACITY, `${result.bytesMoved} bytes on a node of ${CAPACITY}`);
          assert.ok(result.bytesMoved > CAPACITY - HUGE, 'the node is filled');
          assert.ok(result.failures.every(({ code }) => code === 'ENOMEM'));
          assert.equal(result.bytesMoved + failedBytes(result), region.migratableBytes);
          assertWithin(region, result);
          assert.deepEqual(tally(await whereAll(region)), {
            0: failedBytes(result) / PAGE,
            1: result.bytesMoved / PAGE,
          });
          assertContent(buffer);

          // There is room again once something has left.
          const back = await region.migrate({ to: 0 });
          assert.equal(back.bytesMoved, result.bytesMoved);
          assert.equal(back.code, null);
          const part = { to: 1, offset: 6 * MIB, length: 2 * MIB };
          assert.equal((await region.migrate(part)).code, null);
          assertContent(buffer);
        });
      },
    );
  }
}
