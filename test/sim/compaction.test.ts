import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { checkBooks } from '../../src/mm/audit/machine-books.js';
import { fragment, keeps } from '../../src/sim/compaction/fragment.js';
import { ZoneCompactor } from '../../src/sim/compaction/zone-compactor.js';
import { runCompaction } from '../../src/sim/experiments/compaction.js';
import { Simulation } from '../../src/sim/simulation.js';
import { sampled } from '../deep.js';
import { zen3 } from './profiles.js';
import { SETTINGS } from './support/compaction-scenes.js';

test('in a fragmented zone half of the memory is free, and no two pages of it are neighbours', () => {
  const sim = new Simulation({ profile: zen3(), nodePages: [4096], words: 1 });
  fragment(sim, 0);
  const zone = sim.memory.zones[0]!;
  assert.equal(zone.freePages, 2048);
  assert.equal(zone.blocks()[0], 2048);
  assert.equal(zone.take(1), -1);
});

test('compaction makes whole blocks of what was scattered, and loses nothing', () => {
  const sim = new Simulation({ profile: zen3(), nodePages: [8192], words: 2 });
  const space = fragment(sim, 0);
  for (let page = 1; page < 8192; page += 2) sim.memory.content.fill(space.table[page]!, 1, page);
  const compactor = new ZoneCompactor(sim, { node: 0 });
  compactor.compactAll();
  compactor.close();
  assert.deepEqual(checkBooks(sim.machine.books()), []);
  const blocks = sim.memory.zones[0]!.blocks();
  assert.equal(512 * blocks[9]! + 1024 * blocks[10]!, 4096, 'all that is free is in huge blocks');
  for (let page = 0; page < 8192; page++) {
    if (keeps(page)) assert.ok(sim.memory.content.holds(space.table[page]!, page), `page ${page}`);
  }
});

test('a page that cannot move keeps its block from being free, and costs only that', () => {
  const sim = new Simulation({ profile: zen3(), nodePages: [8192], words: 1 });
  const space = fragment(sim, 0);
  sim.memory.pins[space.table[101]!] = 1;
  const compactor = new ZoneCompactor(sim, { node: 0 });
  const had: number[] = [];
  for (let frame = compactor.allocateHuge(); frame >= 0; frame = compactor.allocateHuge()) had.push(frame);
  compactor.close();
  assert.ok(had.length >= 6, `${had.length} huge pages`);
  assert.ok(!had.includes(0), 'the block of the pinned page');
  assert.equal(compactor.stats.get('pgmigrate_fail'), 1);
  for (const frame of had) sim.memory.give(frame, 9);
  assert.deepEqual(checkBooks(sim.machine.books()), []);
});

test('a batch has as many pages as the cluster', () => {
  for (const cluster of sampled([1, 32, 100, 1024], 2)) {
    const figures = runCompaction({ migrator: 'dcbm', hogs: 0 }, { ...SETTINGS, cluster });
    assert.equal(figures.wrongPages, 0);
    assert.equal(figures.hugePages, 64);
  }
  const sim = new Simulation({ profile: zen3(), nodePages: [8192], words: 1 });
  fragment(sim, 0);
  const compactor = new ZoneCompactor(sim, { node: 0, cluster: 64 });
  compactor.compactAll();
  assert.equal(compactor.stats.get('batches'), Math.ceil(compactor.stats.get('nr_succeeded') / 64));
});

test('the reason is compaction: a mask without it has the CPU copy', () => {
  const sim = new Simulation({ profile: zen3(), nodePages: [8192], words: 1, settings: { reason_mask: ~1 } });
  sim.registry.register(sim.createMigrator({ name: 'dcbm' }));
  fragment(sim, 0);
  const compactor = new ZoneCompactor(sim, { node: 0 });
  compactor.compactAll();
  assert.ok(compactor.stats.get('nr_succeeded') > 0);
  assert.equal(compactor.stats.get('offload_folios'), 0);
});

test('batches of more pages than the zone has blocks for otherwise lose nothing', () => {
  const cell = { migrator: 'baseline', hogs: 0 } as const;
  const { hugePages, wrongPages } = runCompaction(cell, {
    profile: zen3(),
    seed: 1,
    hugePages: 1,
    cluster: 4096,
  });
  assert.deepEqual([hugePages, wrongPages], [1, 0]);
});

test('a zone that is larger than a node is refused by name', () => {
  const profile = { ...zen3(), memory: { copyGBps: 100, nodePages: 4096 } };
  assert.throws(
    () => runCompaction({ migrator: 'baseline', hogs: 0 }, { ...SETTINGS, profile }),
    (error) => error instanceof MigrationError && error.argument === 'hugePages',
  );
});
