import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { amount } from '../deep.js';
import { assertContent, fill } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE, pageOffsets, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';
import { PageTables } from './support/pages.js';
import { advise, MADV_HUGEPAGE } from './support/system-calls.js';

const SIZE = amount(20, 40) * MIB;

function assertZeros(buffer: SharedArrayBuffer): void {
  for (const word of new BigUint64Array(buffer)) if (word !== 0n) assert.fail(`a zero read as ${word}`);
}

for (const folioSize of FOLIO_SIZES) {
  test(`pages that were read and never written move as zeros, folios of ${folioSize}`, LIMIT, async () => {
    const tables = new PageTables();
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(SIZE);
      const words = new Int32Array(buffer);
      // Read before it is adopted: with small pages, so the shared zero page.
      for (let offset = 0; offset < buffer.byteLength; offset += PAGE) Atomics.load(words, offset / 4);
      const region = ferry.adopt(buffer, { folioSize });
      assert.equal(tables.occupied(region, buffer), region.migratableBytes / PAGE);
      for (const to of [1, 0, 1]) assertAllMoved(region, await region.migrate({ to }));
      assertZeros(buffer);
      // What was brought in as zero pages is a free page of the pools now: it must take content as any other.
      fill(buffer);
      for (const to of [0, 1]) assertAllMoved(region, await region.migrate({ to }));
      assertContent(buffer);
    });
    tables.close();
  });

  test(`the huge zero page moves as zeros, folios of ${folioSize}`, LIMIT, async (t) => {
    const setting = '/sys/kernel/mm/transparent_hugepage/use_zero_page';
    const tables = new PageTables();
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(SIZE);
      const first = Math.ceil(tables.addressOf(buffer) / HUGE) * HUGE;
      advise(first, SIZE - 4 * MIB, MADV_HUGEPAGE);
      const words = new Int32Array(buffer);
      for (let offset = 0; offset < buffer.byteLength; offset += PAGE) Atomics.load(words, offset / 4);
      if (tables.hugeBytes(buffer) === 0 || readFileSync(setting, 'utf8').trim() !== '1') {
        t.skip('this host maps no huge zero page');
        return;
      }
      const region = ferry.adopt(buffer, { folioSize });
      for (const to of [1, 0, 1]) assertAllMoved(region, await region.migrate({ to }));
      assertZeros(buffer);
      fill(buffer);
      for (const to of [0, 1]) assertAllMoved(region, await region.migrate({ to }));
      assertContent(buffer);
    });
    tables.close();
  });
}

test('threads write to zero pages while they are migrated', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(SIZE);
    const words = new Int32Array(buffer);
    const region = ferry.adopt(buffer);
    const offsets = pageOffsets(region);
    for (const offset of offsets) Atomics.load(words, offset / 4);
    const halves = [0, 1].map((half) => offsets.filter((_, i) => i % 3 === half));
    const crew = await Crew.start(
      buffer,
      halves.map((pages) => ({ kind: 'touch', pages })),
    );
    for (let round = 1; round <= 4; round++) {
      assert.deepEqual((await region.migrate({ to: round % 2 })).failures, []);
    }
    assert.deepEqual(
      await crew.finished(),
      halves.map((pages) => pages.length),
    );
    for (const [i, offset] of offsets.entries()) assert.equal(words[offset / 4], i % 3 === 2 ? 0 : 1);
  });
});
