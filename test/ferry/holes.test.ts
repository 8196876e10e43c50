import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount, sampled } from '../deep.js';
import { assertContent, fill } from './support/content.js';
import { Crew } from './support/crew.js';
import { HUGE, LIMIT, MIB, PAGE, tally, whereAll, withFerry } from './support/fixture.js';
import { unlessCollapsed } from './support/khugepaged.js';
import { PageTables } from './support/pages.js';
import { untouchedBuffer } from './support/untouched.js';

const MODES = sampled(
  [
    { copyMode: 'exclusive', folioSize: PAGE },
    { copyMode: 'exclusive', folioSize: HUGE },
    { copyMode: 'write-protected', folioSize: PAGE },
    { copyMode: 'write-protected', folioSize: HUGE },
  ] as const,
  2,
);
/** How often a page is written to. */
const TIMES = 8;

async function splitsFolios(): Promise<void> {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = untouchedBuffer(40 * MIB);
    // Touched before it is adopted, while the kernel still gives small pages: every hundredth is left out.
    const isHole = (page: number): boolean => page % 100 === 50;
    for (let page = 0; page < buffer.byteLength / PAGE; page++) {
      if (!isHole(page)) fill(buffer, 0, page * PAGE, page * PAGE + 64);
    }
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    const pages = region.migratableBytes / PAGE;
    const there = tables.occupied(region, buffer);
    assert.ok(there < pages);
    for (const to of [1, 0]) {
      const result = await region.migrate({ to });
      // On the way back its pages lie on different nodes (the holes never left), so there is no folio to split.
      assert.equal(result.splits > 0, to === 1);
      assert.deepEqual(result.failures, []);
      assert.equal(result.foliosFailed, 0);
      assert.equal(result.bytesMoved, there * PAGE);
      assert.equal(result.foliosAbsent + result.foliosOnTarget, pages - there);
      assert.equal(tables.occupied(region, buffer), there);
      assert.deepEqual(tally(await whereAll(region)), { '-2': pages - there, [to]: there });
    }
    for (let page = 0; page < buffer.byteLength / PAGE; page++) {
      if (!isHole(page)) assertContent(buffer, 0, page * PAGE, page * PAGE + 64);
    }
  });
  tables.close();
}

async function doesNotSplit(): Promise<void> {
  await withFerry({}, async (ferry) => {
    const buffer = untouchedBuffer(40 * MIB);
    fill(buffer, 0, 3 * MIB);
    const region = ferry.adopt(buffer, { folioSize: HUGE });
    const result = await region.migrate({ to: 1, reason: 'numa_misplaced' });
    assert.equal(result.splits, 0);
    assert.ok(result.foliosFailed > 0);
    assert.ok(result.failures.every(({ code }) => code === 'ENOENT'));
    assertContent(buffer, 0, 3 * MIB);
  });
}

test('a 2M folio with holes is split, what is there moves, the holes stay', LIMIT, () =>
  unlessCollapsed(splitsFolios),
);

test('for numa_misplaced a folio with a hole is not split: it stays', LIMIT, () =>
  unlessCollapsed(doesNotSplit),
);

for (const { copyMode, folioSize } of MODES) {
  test(
    `threads that touch fresh pages meanwhile get zeros: ${copyMode}, folios of ${folioSize}`,
    LIMIT,
    async () => {
      await withFerry({}, async (ferry) => {
        const buffer = untouchedBuffer(40 * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        const words = new Int32Array(buffer);
        const pages = buffer.byteLength / PAGE;
        const fresh: number[][] = [[], []];
        for (let page = 1; page < pages - 1; page++) {
          const offset = page * PAGE + 64;
          if (page % 3 === 2) words[offset / 4] = page;
          else fresh[page % 3]!.push(offset);
        }
        const roles = fresh.map((list) => ({ kind: 'touch', pages: list }) as const);
        const touching = Crew.start(buffer, roles).then((crew) => crew.finished());
        let done = false;
        const marked = touching.finally(() => {
          done = true;
        });
        for (let round = 1; !done; round++) {
          const result = await region.migrate({ to: round % 2, copyMode });
          assert.equal(result.foliosFailed, 0);
        }
        const touched = await marked;
        assert.deepEqual(
          touched,
          fresh.map((list) => list.length),
        );
        for (const offset of fresh.flat()) assert.equal(words[offset / 4], 1);
        for (let page = 2; page < pages - 1; page += 3) assert.equal(words[(page * PAGE + 64) / 4], page);
      });
    },
  );

  test(
    `memory that is filled while it migrates keeps all of it: ${copyMode}, folios of ${folioSize}`,
    LIMIT,
    async () => {
      await withFerry({}, async (ferry) => {
        const buffer = untouchedBuffer(amount(24, 80) * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        const words = new Int32Array(buffer);
        // Each page is written to several times, so that a page which went back to what it was does not pass.
        const written = (page: number, time: number): number => page * PAGE + time * 64;
        const moving = Array.from({ length: amount(8, 32) }, (_, i) =>
          region.migrate({ to: (i + 1) % 2, copyMode }),
        );
        const pages = buffer.byteLength / PAGE;
        for (let page = 0; page < pages + TIMES; page++) {
          for (let time = 0; time < TIMES; time++) {
            if (page - time >= 0 && page - time < pages) words[written(page - time, time) / 4] = page;
          }
        }
        await Promise.all(moving);
        for (let page = 0; page < pages; page++) {
          for (let time = 0; time < TIMES; time++) assert.equal(words[written(page, time) / 4], page + time);
        }
      });
    },
  );
}

test('the main thread may touch fresh pages during a migration', LIMIT, async () => {
  await withFerry({ batchBytes: 4096 }, async (ferry) => {
    const buffer = untouchedBuffer(40 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer, 0, 0, 4 * MIB);
    const moving = region.migrate({ to: 1 });
    fill(buffer, 0, 4 * MIB);
    const result = await moving;
    assert.equal(result.foliosFailed, 0);
    assertContent(buffer);
  });
});
