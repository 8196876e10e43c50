import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_SIZE, PMD_PAGES } from '../../src/common/page.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import { KIND_READ, UNTOUCHED } from '../../src/heat/observation.js';
import { WINDOWS_MS, workingSets } from '../../src/heat/working-set.js';
import { PoissonPages } from './poisson-pages.js';

const MS = 1e6;
const PAGES = 8 * PMD_PAGES;

/** The expected bytes that are touched within a window, by the real rates. */
function touchedBytes(pages: PoissonPages, windowMs: number): number {
  return PAGE_SIZE * pages.rates.reduce((sum, rate) => sum + 1 - Math.exp((-rate * windowMs) / 1000), 0);
}

/** Watches for some rounds. `single`: each page by itself, else the units that the records have. */
function watched(
  seed: number,
  fill: (pages: PoissonPages) => void,
  single: boolean,
  rounds = 40,
): PoissonPages & { records: HeatRecords } {
  const records = new HeatRecords({ pages: PAGES, halfLifeMs: 5000 });
  const pages = new PoissonPages(PAGES, records, seed);
  fill(pages);
  for (let i = 0; i < rounds; i++) {
    for (let page = 0; page < PAGES; ) {
      const unit = single ? 1 : records.unitPages(page);
      pages.watch(page, unit, 100 * MS);
      page += unit;
    }
    pages.nowNs += 200 * MS;
    records.adapt(pages.nowNs);
  }
  return Object.assign(pages, { records });
}

const PATTERNS: Readonly<Record<string, (pages: PoissonPages) => void>> = {
  'evenly spread': (pages) => void pages.rates.fill(0.3),
  'a hot tenth': (pages) => void pages.rates.fill(0.001).fill(20, 0, PAGES / 10),
  Zipf: (pages) => {
    for (let i = 0; i < PAGES; i++) pages.rates[(i * 1619) % PAGES] = 300 / (i + 1) ** 0.99;
  },
  idle: () => undefined,
};

for (const [name, fill] of Object.entries(PATTERNS)) {
  for (const single of [true, false]) {
    test(`the working set is within its bounds: ${name}, watched ${single ? 'page by page' : 'by units'}`, () => {
      for (const seed of [1, 2, 3]) {
        const pages = watched(seed, fill, single);
        const sets = workingSets(pages.records, pages.nowNs);
        assert.deepEqual(
          sets.map(({ windowMs }) => windowMs),
          WINDOWS_MS,
        );
        for (const [i, { lowBytes, highBytes }] of sets.entries()) {
          assert.ok(i === 0 || (lowBytes >= sets[i - 1]!.lowBytes && highBytes >= sets[i - 1]!.highBytes));
        }
        let before = 0;
        for (const { windowMs, lowBytes, estimateBytes, highBytes, unknownBytes } of sets) {
          const real = touchedBytes(pages, windowMs);
          const told = `${windowMs} ms: ${lowBytes} <= ${real} <= ${highBytes}`;
          // Less than a page is not known of, and the lower bound is of whole pages that were seen.
          assert.ok(lowBytes <= real + PAGE_SIZE && real <= highBytes, told);
          assert.ok(lowBytes <= estimateBytes && estimateBytes <= highBytes, told);
          assert.ok(estimateBytes >= before, 'the curve rises');
          before = estimateBytes;
          assert.equal(unknownBytes, 0);
        }
      }
    });
  }
}

test('with enough observations of each page the bounds are close', () => {
  const hot = (some: PoissonPages): void => void some.rates.fill(20, 0, 128);
  const pages = watched(1, hot, true, 100);
  const [second] = workingSets(pages.records, pages.nowNs, [1000]);
  const real = touchedBytes(pages, 1000);
  assert.ok(second!.lowBytes > 0.8 * real, `${second!.lowBytes} of ${real}`);
  assert.ok(second!.estimateBytes < 1.6 * real, `${second!.estimateBytes} of ${real}`);
  assert.ok(second!.highBytes < 3 * real, `${second!.highBytes} of ${real}`);
});

test('unknown pages are in the upper bound, and not counted as untouched or as touched', () => {
  const records = new HeatRecords({ pages: PAGES });
  const all = PAGES * PAGE_SIZE;
  for (const set of workingSets(records, 1e9)) {
    const { windowMs, ...bytes } = set;
    assert.ok(windowMs > 0);
    assert.deepEqual(bytes, { lowBytes: 0, estimateBytes: 0, highBytes: all, unknownBytes: all });
  }
  // A block that is known to be idle leaves the others unknown.
  for (let i = 0; i < 100; i++) records.observe(0, PMD_PAGES, 1000 * MS, UNTOUCHED, (i + 1) * 1e9, 0, 0);
  const [second] = workingSets(records, 101e9);
  assert.equal(second!.unknownBytes, all - PMD_PAGES * PAGE_SIZE);
  assert.ok(second!.highBytes >= second!.unknownBytes && second!.highBytes < all);
  assert.ok(second!.lowBytes === 0);
});

test('a single page whose access was seen within the window counts in full', () => {
  const records = new HeatRecords({ pages: 64, halfLifeMs: 1000 });
  for (let i = 0; i < 20; i++) {
    for (let page = 0; page < 64; ) {
      const unit = records.unitPages(page);
      records.observe(
        page,
        unit,
        100 * MS,
        page === 9 || unit > 9 ? MS : UNTOUCHED,
        (i + 1) * 1e9,
        KIND_READ,
        0,
      );
      page += unit;
    }
    records.adapt((i + 1) * 1e9);
  }
  const [within, before] = workingSets(records, 20.5e9, [1000, 100]);
  assert.ok(within!.lowBytes >= PAGE_SIZE);
  assert.ok(within!.lowBytes >= before!.lowBytes);
});
