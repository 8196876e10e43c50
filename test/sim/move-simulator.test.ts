import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPool } from '../../src/sim/hardware/memory-pool.js';
import { PhysicalMemory } from '../../src/sim/hardware/physical-memory.js';
import type { HardwareProfile } from '../../src/sim/profile/hardware-profile.js';
import { WatchedProfile } from '../../src/sim/profile/watched-profile.js';
import { type MoveCell, moveSimulator, runMove } from '../../src/sim.js';
import { zen3, zen3WithTables } from './profiles.js';

const PLAIN = zen3();

/** The plain machine, and machines that differ from it in one figure each. */
const MACHINES: readonly HardwareProfile[] = [
  PLAIN,
  zen3({ descriptorNs: PLAIN.dma.descriptorNs * 3 }),
  zen3({ submitNs: PLAIN.dma.submitNs + 50 }),
  zen3({ iommu: 1 - PLAIN.dma.iommu }),
  { ...PLAIN, cpu: { ...PLAIN.cpu, copyGBps: PLAIN.cpu.copyGBps / 2 } },
  { ...PLAIN, cpu: { ...PLAIN.cpu, folioNs: PLAIN.cpu.folioNs + 1 } },
  { ...PLAIN, memory: { ...PLAIN.memory, copyGBps: PLAIN.memory.copyGBps / 3 } },
  zen3WithTables(),
];

const CELLS: readonly MoveCell[] = [
  { folio: 4096, folios: 700, migrator: 'serial' },
  { folio: 4096, folios: 700, migrator: 'baseline' },
  { folio: 4096, folios: 700, migrator: 'dcbm', channels: 2 },
  { folio: 4096, folios: 700, migrator: 'dcbm', channels: 3, copyMode: 'write-protected' },
  { folio: 65_536, folios: 40, migrator: 'mtcopy', threads: 3 },
];

test('a simulator of many cells has the figures of each cell by itself', () => {
  const simulate = moveSimulator();
  // Twice, so that all of them meet results of before.
  for (let round = 0; round < 2; round++) {
    for (const profile of MACHINES) {
      for (const cell of CELLS) {
        const settings = { profile, seed: 1, words: 4 };
        const figures = runMove(cell, settings);
        assert.equal(figures.wrongPages, 0);
        assert.deepEqual(simulate(cell, settings), figures);
      }
    }
  }
});

test('it tells cells apart that differ in a setting', () => {
  const simulate = moveSimulator();
  const cell = CELLS[2]!;
  for (const changed of [{}, { depth: 2 }, { hogs: 1 }, { batchPages: 64 }, { words: 1 }, { seed: 2 }]) {
    const settings = { profile: PLAIN, seed: 1, words: 4, ...changed };
    assert.deepEqual(simulate(cell, settings), runMove(cell, settings));
  }
});

test('it refuses what runMove refuses', () => {
  const simulate = moveSimulator();
  const settings = { profile: PLAIN, seed: 1, words: 4 };
  const cell = CELLS[0]!;
  for (const [wrong, argument] of [
    [{ ...cell, folio: 5000 }, 'folio'],
    [{ ...cell, folios: 0 }, 'folios'],
    [{ ...cell, channel: 1 }, 'cell.channel'],
  ] as const) {
    for (const run of [simulate, runMove])
      assert.throws(() => run(wrong as MoveCell, settings), { code: 'EINVAL', argument });
  }
});

test('a watched profile tells apart what was read, and nothing else', () => {
  const watched = new WatchedProfile(PLAIN);
  const { dma, tables } = watched.profile;
  assert.equal(dma.submitNs, PLAIN.dma.submitNs);
  assert.equal(tables, undefined);
  assert.ok(watched.agreesWith(zen3()));
  assert.ok(watched.agreesWith(zen3({ descriptorNs: 1 })), 'a figure that was not read');
  assert.ok(!watched.agreesWith(zen3({ submitNs: PLAIN.dma.submitNs + 1 })), 'a figure that was read');
  assert.ok(!watched.agreesWith(zen3WithTables()), 'a group that was missed');
  assert.equal(dma.descriptorNs, PLAIN.dma.descriptorNs);
  assert.ok(!watched.agreesWith(zen3({ descriptorNs: 1 })), 'it has been read by now');
});

test('a migration that no device copies does not read the costs of a device', () => {
  for (const migrator of ['baseline', 'mtcopy'] as const) {
    const watched = new WatchedProfile(PLAIN);
    runMove({ folio: 4096, folios: 100, migrator }, { profile: watched.profile, seed: 1, words: 1 });
    assert.ok(watched.agreesWith(zen3({ descriptorNs: 1, submitNs: 1, nearGBps: 1 })));
    assert.ok(!watched.agreesWith(zen3WithTables()));
  }
});

test('memory of a pool is as new', () => {
  const pool = new MemoryPool();
  const options = { nodePages: [1024, 2048], words: 2 };
  const used = pool.take(options);
  const frame = used.take(1, 3);
  used.content.fill(frame, 8, 77);
  used.lru.fill(1, frame, frame + 8);
  used.page.fill(5, frame, frame + 8);
  used.space.fill(1, frame, frame + 8);
  used.pins[frame] = 1;
  used.poisoned[0] = 1;
  assert.equal(used.takeFrame(0), true);
  pool.give(used);
  assert.notEqual(pool.take({ ...options, words: 1 }), used, 'another content');
  assert.notEqual(pool.take({ ...options, nodePages: [1024] }), used, 'other nodes');
  const again = pool.take(options);
  assert.equal(again, used);
  const fresh = new PhysicalMemory(options);
  for (const name of ['state', 'lru', 'pins', 'poisoned', 'page', 'space'] as const)
    assert.deepEqual(again[name], fresh[name], name);
  for (let at = 0; at < again.frames; at++) assert.equal(again.content.get(at, 0), 0);
  // Both give the same frames in the same order.
  for (let order = 0; order <= 10; order++) assert.equal(again.take(1, order), fresh.take(1, order));
  assert.deepEqual(
    again.zones.map((zone) => [zone.freePages, zone.blocks()]),
    fresh.zones.map((zone) => [zone.freePages, zone.blocks()]),
  );
});

test('where copies time out, the folios that fall back have room', () => {
  // A folio of 2 MiB takes 42 s. The limit of a copy is 10 s.
  const profile = zen3({ farGBps: 0.00005 });
  const cell = { folio: 2 ** 21, folios: 3, migrator: 'dcbm', channels: 1 } as const;
  const figures = runMove(cell, { profile, seed: 1, words: 4 });
  assert.deepEqual([figures.wrongPages, figures.fallbacks], [0, 3]);
});
