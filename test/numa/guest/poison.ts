import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ferry, Region } from '../../../src/index.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import { HUGE, MIB, PAGE, pageOffsets, tally, withFerry } from '../../ferry/support/fixture.js';
import { kernelStatus, tables, touchedOn } from '../support/kernel.js';
import { MIGRATORS } from '../support/migrators.js';
import { poisonPage } from '../support/poison.js';

const ENOENT = -2;

/** A region on node 0 of which one page is poisoned. */
function poisoned(
  ferry: Ferry,
  folioSize: number,
): { region: Region<SharedArrayBuffer>; buffer: SharedArrayBuffer; bad: number } {
  const buffer = new SharedArrayBuffer(8 * MIB);
  const region = ferry.adopt(buffer, { folioSize });
  touchedOn(buffer, 0, () => fill(buffer));
  const bad = pageOffsets(region)[1000]!;
  if (folioSize === HUGE) assert.ok(tables.hugeBytes(buffer) >= 6 * MIB);
  poisonPage(tables.addressOf(buffer) + bad);
  return { region, buffer, bad };
}

for (const folioSize of [PAGE, 16 * PAGE, HUGE]) {
  for (const [name, option] of MIGRATORS) {
    if (name === 'cpu' || (folioSize === 16 * PAGE && name !== 'dcbm')) continue;
    test(`a poisoned page fails with EHWPOISON, its neighbours move, folios of ${folioSize}, ${name}`, async () => {
      await withFerry({}, async (ferry) => {
        if (option !== undefined) await ferry.registerMigrator(option);
        const { region, buffer, bad } = poisoned(ferry, folioSize);
        const assertWhere = (to: number) => {
          const pages = kernelStatus(region);
          assert.equal(pages[1000], ENOENT, 'it is mapped no more');
          assert.deepEqual(tally(pages), { [to]: pages.length - 1, [ENOENT]: 1 });
          assertContent(buffer, 0, 0, bad);
          assertContent(buffer, 0, bad + PAGE);
        };
        const rest = region.migratableBytes - PAGE;
        const there = await region.migrate({ to: 1 });
        assert.deepEqual(there.failures, [{ offset: bad, length: PAGE, code: 'EHWPOISON' }]);
        assert.deepEqual([there.foliosFailed, there.code, there.bytesMoved], [1, null, rest]);
        assertWhere(1);
        // It has stayed on node 0, so on the way back nobody asks for it.
        const back = await region.migrate({ to: 0 });
        assert.deepEqual([back.failures, back.code, back.bytesMoved], [[], null, rest]);
        assertWhere(0);
        await region.release();
      });
    });
  }
}

test('movePages says -EHWPOISON for it, and moves those beside it', async () => {
  await withFerry({}, async (ferry) => {
    const { region, bad } = poisoned(ferry, PAGE);
    const status = await region.movePages([bad - PAGE, bad, bad + PAGE], [1, 1, 1]);
    assert.deepEqual([...status], [1, -133, 1]);
  });
});
