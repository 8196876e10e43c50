import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Ferry, Region } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE, pageOffsets, withFerry } from './support/fixture.js';
import { LivingChild } from './support/fork.js';
import { FOLIO_SIZES } from './support/live.js';
import { PageTables } from './support/pages.js';
import { PinnedPage } from './support/pin.js';
import { advise, MADV_DONTNEED, PROT_READ, PROT_READ_WRITE, protect } from './support/system-calls.js';
import { untouchedBuffer } from './support/untouched.js';

const THROUGH = { to: 1, copyMode: 'write-protected' } as const;

/** Runs `use` with a region of 8 MiB, and looks afterwards that its content is there and that nothing is protected. */
async function withRegion(
  folioSize: number,
  use: (world: { ferry: Ferry; region: Region; buffer: SharedArrayBuffer; address: number }) => Promise<void>,
  touched = true,
): Promise<void> {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = touched ? new SharedArrayBuffer(8 * MIB) : untouchedBuffer(8 * MIB);
    const region = ferry.adopt(buffer, { folioSize });
    if (touched) fill(buffer);
    await use({ ferry, region, buffer, address: tables.addressOf(buffer) });
    assert.equal(tables.protectedBytes(buffer), 0, 'a page is still write-protected');
    if (touched) {
      assertContent(buffer);
      fill(buffer, 1);
      assertContent(buffer, 1);
    }
  });
  tables.close();
}

for (const folioSize of FOLIO_SIZES) {
  test(
    `write-protected: a pinned page stays, its neighbours move, folios of ${folioSize}`,
    LIMIT,
    async (t: TestContext) => {
      await withRegion(folioSize, async ({ region, address }) => {
        const offset = pageOffsets(region)[1000]!;
        const pin = PinnedPage.pin(address + offset);
        if (typeof pin === 'string') {
          t.skip(pin);
          return;
        }
        const result = await region.migrate(THROUGH);
        pin.unpin();
        assert.deepEqual(new Set(result.failures.map(({ code }) => code)), new Set(['EBUSY']));
        assert.ok(result.failures.some((f) => offset >= f.offset && offset < f.offset + f.length));
        assert.ok(result.bytesMoved >= region.migratableBytes - Math.max(folioSize, PAGE));
        assert.deepEqual((await region.migrate(THROUGH)).failures, []);
      });
    },
  );

  test(`write-protected: pages shared with a living child move, folios of ${folioSize}`, LIMIT, async (t) => {
    const tables = new PageTables();
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(8 * MIB);
      fill(buffer);
      const child = LivingChild.fork();
      if (typeof child === 'string') {
        t.skip(child);
        return;
      }
      try {
        const region = ferry.adopt(buffer, { folioSize });
        assertAllMoved(region, await region.migrate(THROUGH));
        assertContent(buffer);
        assert.equal(tables.protectedBytes(buffer), 0);
      } finally {
        child.end();
      }
    });
    tables.close();
  });

  test(
    `write-protected: a folio with a hole moves page by page, the hole stays, folios of ${folioSize}`,
    LIMIT,
    async () => {
      await withRegion(folioSize, async ({ region, buffer, address }) => {
        const hole = pageOffsets(region)[700]!;
        advise(address + hole, PAGE, MADV_DONTNEED);
        const result = await region.migrate(THROUGH);
        assert.deepEqual(result.failures, []);
        assert.equal(result.foliosAbsent, 1);
        assert.equal(result.bytesMoved, region.migratableBytes - PAGE);
        fill(buffer);
      });
    },
  );

  test(`write-protected: never touched memory stays untouched, folios of ${folioSize}`, LIMIT, async () => {
    await withRegion(
      folioSize,
      async ({ region, buffer }) => {
        const result = await region.migrate(THROUGH);
        assert.deepEqual(result.failures, []);
        assert.ok(result.foliosAbsent > 0);
        assert.ok(result.bytesMoved < HUGE);
        assert.equal(
          new Uint8Array(buffer).findIndex((byte) => byte !== 0),
          -1,
        );
      },
      false,
    );
  });

  test(
    `write-protected: a page that is read-only stays and is no more than that, folios of ${folioSize}`,
    LIMIT,
    async () => {
      await withRegion(folioSize, async ({ region, address }) => {
        const part = address + pageOffsets(region)[900]!;
        protect(part, 16 * PAGE, PROT_READ);
        const result = await region.migrate(THROUGH);
        protect(part, 16 * PAGE, PROT_READ_WRITE);
        assert.deepEqual(
          result.failures.map(({ length, code }) => [length, code]),
          [[16 * PAGE, 'EINVAL']],
        );
        assert.equal(result.bytesMoved, region.migratableBytes - 16 * PAGE);
      });
    },
  );
}

test('write-protected: an abort leaves nothing protected', LIMIT, async () => {
  await withRegion(PAGE, async ({ region }) => {
    const controller = new AbortController();
    const moving = region.migrate({ ...THROUGH, batchBytes: 16 * 4096, signal: controller.signal });
    setImmediate(() => controller.abort());
    await moving.catch((error: Error) => assert.equal(error.name, 'AbortError'));
  });
});
