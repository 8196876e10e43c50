import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_ORDER, PMD_PAGES } from '../../src/common/page.js';
import { Batch } from '../../src/mm/pipeline/batch.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import type { Folio } from '../machine/hand-migration.js';
import { checkFolios, FIRST, folioList, machineWith, migrate, row, TARGET } from './scenario.js';

/** First page of a table, somewhere. */
const TABLE = 8 * PMD_PAGES;

/** The first folio of each batch after the first, and the end of the list. */
function cuts(list: FolioList, maxPages: number, capacity = 65_536): number[] {
  const batch = new Batch(1, capacity);
  const ends: number[] = [];
  for (let next = 0; next < list.length; ) {
    const end = batch.refill(list, next, maxPages);
    assert.ok(end > next && batch.length === end - next && batch.length <= capacity);
    for (let i = 0; i < batch.length; i++) {
      assert.equal(batch.page[i], list.page[next + i]);
      assert.equal(batch.order[i], list.order[next + i]);
      assert.equal(batch.inGap[i], list.inGap[next + i]);
    }
    assert.equal(batch.pages, pagesOf(list, next, end));
    assert.ok(batch.pages <= maxPages || batch.length === 1);
    assert.equal(batch.shape, isRun(list, next, end) ? 'run' : 'folios');
    ends.push(end);
    next = end;
  }
  return ends;
}

function pagesOf({ order }: FolioList, from: number, end: number): number {
  let pages = 0;
  for (let i = from; i < end; i++) pages += 1 << order[i]!;
  return pages;
}

/** Neighbours of one order below 2 MiB, none of which lies in a gap. */
function isRun({ page, order, inGap }: FolioList, from: number, end: number): boolean {
  for (let i = from; i < end; i++) {
    if (order[i] === MAX_ORDER || order[i] !== order[from] || inGap[i] === 1) return false;
    if (page[i] !== page[from]! + ((i - from) << order[from]!)) return false;
  }
  return true;
}

/** The end of the whole table that begins with folio `from`, or 0. */
function endOfTable(list: FolioList, from: number): number {
  if (from >= list.length || list.page[from]! % PMD_PAGES !== 0) return 0;
  const end = from + (PMD_PAGES >> list.order[from]!);
  return end <= list.length && isRun(list, from, end) ? end : 0;
}

/** Where a batch ends that is filled up with whatever comes next. */
function endOfFull(list: FolioList, from: number, maxPages: number, capacity: number): number {
  let end = from + 1;
  while (end < list.length && end - from < capacity && pagesOf(list, from, end + 1) <= maxPages) end++;
  return end;
}

/** The rule, word for word and without a thought to what it costs. */
function endByRule(list: FolioList, from: number, maxPages: number, capacity: number): number {
  const full = endOfFull(list, from, maxPages, capacity);
  if (list.page[from]! % PMD_PAGES === 0) {
    let end = 0;
    for (let next = endOfTable(list, from); next > 0 && next <= full && isRun(list, from, next); ) {
      end = next;
      next = endOfTable(list, next);
    }
    return end === 0 ? full : end;
  }
  for (let end = from + 1; end < full && isRun(list, from, end); end++) {
    const table = endOfTable(list, end);
    if (table > 0 && PMD_PAGES <= maxPages && table - end <= capacity) return end;
  }
  return full;
}

/** The ends of all batches by a rule for one. */
function endsBy(rule: typeof endByRule, list: FolioList, maxPages: number, capacity: number): number[] {
  const ends: number[] = [];
  for (let next = 0; next < list.length; ) {
    next = rule(list, next, maxPages, capacity);
    ends.push(next);
  }
  return ends;
}

interface Stretch {
  /** Folios of this order … */
  readonly order: number;
  /** … so many sixteenths of a table. */
  readonly sixteenths: number;
  /** Pages that are left out before it; -1: up to the next table. */
  readonly gap: number;
  /** The folio of it that lies in a gap, if it has so many. */
  readonly inGap: number;
}

function listOf(stretches: readonly Stretch[]): FolioList {
  const list = new FolioList();
  let next = TABLE;
  for (const { order, sixteenths, gap, inGap } of stretches) {
    const align = gap < 0 ? PMD_PAGES : 1 << order;
    const first = Math.ceil((next + Math.max(0, gap)) / align) * align;
    const count = Math.max(1, (sixteenths * 32) >> order);
    for (let i = 0; i < count; i++) list.push(first + (i << order), order, i === inGap ? 1 : 0);
    next = first + (count << order);
  }
  return list;
}

const stretch: fc.Arbitrary<Stretch> = fc.record({
  order: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(5, 6, 8) },
    { weight: 1, arbitrary: fc.constantFrom(0, 3, 9) },
  ),
  sixteenths: fc.oneof(fc.constantFrom(16, 32, 48), fc.integer({ min: 0, max: 60 })),
  gap: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.constant(-1) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 600 }) },
  ),
  inGap: fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, fc.integer({ min: 0, max: 20 })),
});

const limits = fc.oneof(
  fc.constantFrom(1, 32, 511, 512, 513, 1024, 2048, 8192, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: 1, max: 3000 }),
);
const capacities = fc.oneof(fc.constantFrom(65_536, 512), fc.integer({ min: 1, max: 40 }));

test('any list is cut by the rule: each folio is in one batch, in order, and no batch is above the limits', () => {
  fc.assert(
    fc.property(
      fc.array(stretch, { minLength: 1, maxLength: 8 }),
      limits,
      capacities,
      (stretches, pages, capacity) => {
        const list = listOf(stretches);
        assert.deepEqual(cuts(list, pages, capacity), endsBy(endByRule, list, pages, capacity));
      },
    ),
    { numRuns: 1000 },
  );
});

test('a list without a whole table of small folios is cut only where a batch is full', () => {
  const small: fc.Arbitrary<Stretch> = fc.record({
    order: fc.constantFrom(0, 3, 5, 9),
    sixteenths: fc.integer({ min: 0, max: 15 }),
    gap: fc.integer({ min: 1, max: 600 }),
    inGap: fc.integer({ min: -1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(small, { minLength: 1, maxLength: 12 }), limits, (stretches, pages) => {
      const list = listOf(stretches);
      assert.deepEqual(cuts(list, pages), endsBy(endOfFull, list, pages, 65_536));
    }),
    { numRuns: 300 },
  );
});

test('N whole tables in batches of M make ceil(N / M); a head makes one batch more, and a tail one more', () => {
  const part = fc.integer({ min: 0, max: PMD_PAGES - 1 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      part,
      part,
      part,
      (n, m, head, tail, odd) => {
        const list = folioList(row(head + n * PMD_PAGES + tail, 0, TABLE - head));
        const ends = cuts(list, m * PMD_PAGES + odd);
        assert.equal(ends.length, Math.ceil(n / m) + (head > 0 ? 1 : 0) + (tail > 0 ? 1 : 0));
        if (head > 0) assert.equal(ends[0], head);
      },
    ),
    { numRuns: 60 },
  );
});

for (const order of [0, 4, 8]) {
  const count = PMD_PAGES >> order;
  const size = 1 << order;

  test(`order ${order}: tables are a batch without the part of a table before and after them`, () => {
    const list = folioList(row(3 * count, order, TABLE - size));
    assert.deepEqual(cuts(list, 8192), [1, 1 + 2 * count, 3 * count]);
  });

  test(`order ${order}: tables end where the next table has a gap`, () => {
    const folios = [...row(count + 1, order, TABLE), ...row(count, order, TABLE + PMD_PAGES + 2 * size)];
    assert.deepEqual(cuts(folioList(folios), 8192), [count, 2 * count + 1]);
  });

  test(`order ${order}: tables end where a folio of the next table lies in a gap`, () => {
    const list = folioList(row(2 * count, order, TABLE));
    list.inGap[count + 1] = 1;
    assert.deepEqual(cuts(list, 8192), [count, 2 * count]);
  });

  test(`order ${order}: a table that begins on another order is a batch of its own`, () => {
    const other = order === 4 ? 5 : 4;
    const head: Folio[] = [[TABLE - 2 * PMD_PAGES + 64, other]];
    const folios = [...head, ...row(count, order, TABLE), [TABLE + PMD_PAGES, other] as const];
    assert.deepEqual(cuts(folioList(folios), 8192), [1, 1 + count, 2 + count]);
  });
}

test('a head with a gap is no run: it is filled up with the table that follows', () => {
  const folios = [...row(2, 0, TABLE - 4), ...row(1, 0, TABLE - 1), ...row(2 * PMD_PAGES, 0, TABLE)];
  assert.deepEqual(cuts(folioList(folios), 1024), [1024, 1027]);
});

test('folios of 2 MiB are cut only where a batch is full, also after small ones', () => {
  assert.deepEqual(cuts(folioList(row(5, 9, TABLE)), 1024), [2, 4, 5]);
  assert.deepEqual(cuts(folioList([...row(4, 0, TABLE - 4), ...row(2, 9, TABLE)]), 8192), [6]);
});

test('batches that cannot hold a table are cut only where they are full', () => {
  const list = folioList(row(700, 0, TABLE - 100));
  assert.deepEqual(cuts(list, 300), [300, 600, 700]);
  assert.deepEqual(cuts(list, 8192, 300), [300, 600, 700]);
});

test('a list that is used again does not hold the folios of before', () => {
  const list = folioList(row(100 + PMD_PAGES, 0, TABLE - 100));
  list.clear();
  for (const [page, order] of row(300, 0, TABLE - 100)) list.push(page, order);
  assert.deepEqual(cuts(list, 8192), [300]);
});

test('the pipeline moves a head, the table and a tail in three batches', () => {
  const fake = machineWith();
  const folios = row(PMD_PAGES + 5, 0, FIRST + PMD_PAGES - 2);
  fake.memory.populate(FIRST + 2 * PMD_PAGES, 16, 0);
  assert.equal(folios.at(-1)![0], FIRST + 2 * PMD_PAGES + 2);
  const { stats } = migrate(fake, folios, { batchPages: 4096 });
  assert.equal(stats.get('batches'), 3);
  checkFolios(fake, folios, TARGET);
});
