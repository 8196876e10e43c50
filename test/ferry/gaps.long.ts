import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_GAP_PAGES } from '../../src/engine/folio-cutter.js';
import type { Ferry, NodeOption, Region } from '../../src/index.js';
import { amount } from '../deep.js';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { LIMIT, MIB, PAGE, pageOffsets, tally, whereAll, withFerry } from './support/fixture.js';
import { PageTables } from './support/pages.js';
import { PinnedPage } from './support/pin.js';
import { untouchedBuffer } from './support/untouched.js';
import { wasmMemory } from './support/wasm.js';

/** Migrations under writers. */
const ROUNDS = amount(2, 20);

const NODES: readonly NodeOption[] = [
  { id: 0, numaNode: 0, capacityBytes: 64 * MIB },
  { id: 1, numaNode: 0, capacityBytes: 64 * MIB },
];

/** Puts the pages that `which` picks, by number, on node 1; the others are on node 0. */
async function scatter(region: Region, which: (page: number) => boolean): Promise<void> {
  const offsets = pageOffsets(region);
  const nodes = offsets.map((_, i) => (which(i) ? 1 : 0));
  assert.deepEqual([...(await region.movePages(offsets, nodes))], nodes);
}

const everyOther = (page: number): boolean => page % 2 === 1;

/** A region of 8 MiB with known content, every other page on node 1. */
async function scattered(ferry: Ferry, which = everyOther, buffer = new SharedArrayBuffer(8 * MIB)) {
  const region = ferry.adopt(buffer);
  fill(buffer);
  await scatter(region, which);
  const pages = region.migratableBytes / PAGE;
  return {
    buffer,
    region,
    pages,
    away: Array.from({ length: pages }, (_, i) => which(i)).filter(Boolean).length,
  };
}

/** What each node can still take, in pages, must be what it holds of the region. */
async function assertBooks(ferry: Ferry, regions: readonly Region[]): Promise<void> {
  const there = [0, 0];
  for (const region of regions) {
    for (const node of await whereAll(region)) there[node]!++;
  }
  for (const id of [0, 1]) {
    assert.equal(ferry.nodes[id]!.bytesFree, 64 * MIB - there[id]! * PAGE, `the books of node ${id}`);
  }
}

test('skip moves what is to move and leaves the gaps untouched', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    for (const gaps of [undefined, 'skip'] as const) {
      const { region, buffer, pages, away } = await scattered(ferry);
      const result = await region.migrate({ to: 1, ...(gaps === undefined ? {} : { gaps }) });
      assert.deepEqual([result.gapFoliosMoved, result.gapBytesMoved], [0, 0]);
      assert.deepEqual([result.foliosMoved, result.foliosOnTarget], [pages - away, away]);
      assertContent(buffer);
      await assertBooks(ferry, [region]);
      await region.release();
    }
  });
});

for (const migrator of [undefined, { name: 'cpu' }, { name: 'dcbm', channels: 3 }] as const) {
  test(`move moves the gaps along, and says so, ${migrator?.name ?? 'no migrator'}`, LIMIT, async () => {
    await withFerry({ nodes: NODES }, async (ferry) => {
      if (migrator !== undefined) await ferry.registerMigrator(migrator);
      const { region, buffer, pages, away } = await scattered(ferry);
      const before = ferry.stats();
      const result = await region.migrate({ to: 1, gaps: 'move' });
      assert.deepEqual([result.foliosMoved, result.foliosFailed, result.code], [pages - away, 0, null]);
      assert.equal(result.bytesMoved, (pages - away) * PAGE);
      // All gaps but one at an end, which nothing lies beyond.
      assert.ok(result.gapFoliosMoved >= away - 1 && result.gapFoliosMoved <= away);
      assert.equal(result.gapBytesMoved, result.gapFoliosMoved * PAGE);
      assert.equal(result.foliosOnTarget, away);
      const after = ferry.stats();
      assert.equal(after.gap_folios_moved - before.gap_folios_moved, result.gapFoliosMoved);
      assert.equal(after.gap_bytes_moved - before.gap_bytes_moved, result.gapBytesMoved);
      assert.equal(after.bytes_moved - before.bytes_moved, result.bytesMoved);
      assert.equal(after.pgmigrate_success - before.pgmigrate_success, result.foliosMoved);
      assert.deepEqual(tally(await whereAll(region)), { 1: pages });
      assertContent(buffer);
      await assertBooks(ferry, [region]);
    });
  });
}

test(`gaps of up to ${MAX_GAP_PAGES} pages move along, longer ones stepped over`, LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    for (const gap of [1, 3, MAX_GAP_PAGES, MAX_GAP_PAGES + 1, 100]) {
      // Two pages to move, then a gap, and so on; the first and the last page are to move.
      const { region, buffer, pages } = await scattered(
        ferry,
        (page) => page < (gap + 2) * 19 && page % (gap + 2) >= 2,
      );
      const { gapFoliosMoved, foliosFailed, foliosMoved, foliosOnTarget } = await region.migrate({
        to: 1,
        gaps: 'move',
      });
      assert.equal(gapFoliosMoved, gap <= MAX_GAP_PAGES ? gap * 19 : 0, `gaps of ${gap}`);
      assert.deepEqual([foliosFailed, foliosMoved, foliosOnTarget], [0, pages - gap * 19, gap * 19]);
      assertContent(buffer);
      await assertBooks(ferry, [region]);
      await region.release();
    }
  });
});

test('what has nowhere to move moves no gaps', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const { region, pages, buffer } = await scattered(ferry, () => true);
    const result = await region.migrate({ to: 1, gaps: 'move' });
    assert.deepEqual([result.gapFoliosMoved, result.foliosMoved, result.foliosOnTarget], [0, 0, pages]);
    assertContent(buffer);
  });
});

test('a page in a gap that was never touched stays so, and is no failure', LIMIT, async () => {
  const tables = new PageTables();
  await withFerry({ nodes: NODES }, async (ferry) => {
    const buffer = untouchedBuffer(8 * MIB);
    const region = ferry.adopt(buffer, { node: 1 });
    const offsets = pageOffsets(region);
    // Every third page is there, and comes to node 0; of the two between them one is there.
    const words = new Int32Array(buffer);
    for (const [i, offset] of offsets.entries()) if (i % 3 !== 1) words[offset / 4] = i + 1;
    const there = tables.occupied(region, buffer);
    const movers = offsets.filter((_, i) => i % 3 === 0);
    await region.movePages(
      movers,
      movers.map(() => 0),
    );
    const result = await region.migrate({ to: 1, gaps: 'move' });
    assert.deepEqual([result.foliosMoved, result.foliosFailed, result.foliosAbsent], [movers.length, 0, 0]);
    assert.deepEqual(result.failures, []);
    assert.ok(result.gapFoliosMoved > 0);
    assert.equal(tables.occupied(region, buffer), there);
    for (const [i, offset] of offsets.entries()) if (i % 3 !== 1) assert.equal(words[offset / 4], i + 1);
  });
  tables.close();
});

test('a pinned page in a gap stays where it is, and is no failure', LIMIT, async (t) => {
  const tables = new PageTables();
  await withFerry({ nodes: NODES }, async (ferry) => {
    const { region, buffer, pages, away } = await scattered(ferry);
    const pin = PinnedPage.pin(tables.addressOf(buffer) + pageOffsets(region)[1001]!);
    if (typeof pin === 'string') return t.skip(pin);
    try {
      const result = await region.migrate({ to: 1, gaps: 'move' });
      assert.deepEqual([result.foliosMoved, result.foliosFailed, result.retries], [pages - away, 0, 0]);
      assert.deepEqual(result.failures, []);
      assert.ok(result.gapFoliosMoved >= away - 2 && result.gapFoliosMoved < away);
      assertContent(buffer);
      await assertBooks(ferry, [region]);
    } finally {
      pin.unpin();
    }
  });
  tables.close();
});

test('the gaps need no room: what fits exactly fits with them, too', LIMIT, async () => {
  const nodes: readonly NodeOption[] = [NODES[0]!, { ...NODES[1]!, capacityBytes: 8 * MIB }];
  for (const depth of [1, 4]) {
    await withFerry({ nodes }, async (ferry) => {
      await ferry.parameters.set('module/pageferry/parameters/pipeline_depth', depth);
      await ferry.registerMigrator({ name: 'dcbm', channels: 2 });
      // Starts on a page of its own. A SharedArrayBuffer of this size does so by luck, and then has a page more.
      const memory = wasmMemory({ initial: 128, maximum: 128, shared: true });
      const { region, buffer, pages, away } = await scattered(
        ferry,
        everyOther,
        memory.buffer as SharedArrayBuffer,
      );
      assert.equal(pages, 2048);
      assert.equal(ferry.nodes[1]!.bytesFree, (2048 - away) * PAGE);
      const result = await region.migrate({ to: 1, gaps: 'move' });
      assert.deepEqual([result.code, result.foliosMoved, result.foliosFailed], [null, pages - away, 0]);
      assert.ok(result.gapFoliosMoved >= away - 1);
      assert.equal(ferry.nodes[1]!.bytesFree, (2048 - pages) * PAGE);
      assertContent(buffer);
    });
  }
});

for (const migrator of [undefined, { name: 'dcbm', channels: 3 }] as const) {
  test(
    `${ROUNDS} times to and fro with gaps, under writers, ${migrator?.name ?? 'no migrator'}`,
    LIMIT,
    async (t) => {
      await withFerry({ nodes: NODES }, async (ferry) => {
        if (migrator !== undefined) await ferry.registerMigrator(migrator);
        const buffer = new SharedArrayBuffer(8 * MIB);
        const region = ferry.adopt(buffer);
        fillCounters(buffer);
        const crew = await Crew.start(buffer, [{ kind: 'write' }, { kind: 'write' }]);
        t.after(() => crew.stop());
        let gapFolios = 0;
        for (let round = 0; round < ROUNDS; round++) {
          const to = (round + 1) % 2;
          const gap = [1, 2, 5][round % 3]!;
          await scatter(region, (page) => (page % (gap + 1) !== 0) === (to === 1));
          const result = await region.migrate({ to, gaps: 'move' });
          assert.deepEqual([result.failures, result.code], [[], null], JSON.stringify({ round, ...result }));
          gapFolios += result.gapFoliosMoved;
          assert.deepEqual(Object.keys(tally(await whereAll(region))), [String(to)]);
          await assertBooks(ferry, [region]);
        }
        assert.ok(gapFolios > ROUNDS * 500);
        await crew.allGoOn();
        const added = (await crew.stop()).reduce((sum, additions) => sum + additions, 0);
        assert.equal(countersAdded(buffer), added);
      });
    },
  );
}
