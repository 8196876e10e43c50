import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCompaction } from '../../src/sim/experiments/compaction.js';
import { type MoveCell, runMove } from '../../src/sim/experiments/move.js';
import { closedNs } from '../../src/sim/fit/closed-form.js';
import { withFigures } from '../../src/sim/profile/with-figures.js';
import { closedCompaction } from '../../tools/fit/closed-compaction.js';
import { meanAbsolute, publishedCells } from '../../tools/fit/published-cells.js';
import { fit } from '../../tools/fit/search.js';
import { amount, sampled } from '../deep.js';
import { zen3 } from '../sim/profiles.js';

const profile = zen3();

/** A batch is not divided evenly to the byte, and channels that share an engine do not start in turn. */
const TOLERANCE = 0.04;

function isClose(one: number, other: number, what: string): void {
  assert.ok(Math.abs(one / other - 1) < TOLERANCE, `${what}: ${one} and ${other}`);
}

function simulatedNs(cell: MoveCell, machine = profile): number {
  return runMove(cell, { profile: machine, seed: 1, words: 1 }).ns;
}

test('the closed form is what the simulation takes', () => {
  for (const folio of [2 ** 21, 2 ** 20, 262_144, 65_536, 16_384, 4096].slice(0, amount(4, 6))) {
    for (const channels of sampled([0, 1, 2, 4, 8, 16], 3)) {
      const folios = 2 ** 30 / folio;
      const by = channels === 0 ? { migrator: 'baseline' as const } : { migrator: 'dcbm' as const, channels };
      const cell = { folio, folios, ...by };
      isClose(closedNs(profile, cell), simulatedNs(cell), `${folio} with ${channels}`);
    }
  }
});

test('so is that of one call with few folios, and of threads wherever they run', () => {
  for (const folios of [1, 8, 64]) {
    for (const by of [{ migrator: 'baseline' as const }, { migrator: 'dcbm' as const, channels: 1 }]) {
      const cell = { folio: 2 ** 21, folios, ...by };
      isClose(closedNs(profile, cell), simulatedNs(cell), `${by.migrator}, ${folios} folios`);
    }
  }
  for (const placement of ['spread', 'packed'] as const) {
    for (const threads of [1, 2, 4, 8, 16]) {
      const cell = { folio: 2 ** 21, folios: 512, migrator: 'mtcopy', threads, placement } as const;
      isClose(closedNs(profile, cell), simulatedNs(cell), `${threads} threads, ${placement}`);
    }
  }
});

test('so is that of a machine without an IOMMU, and of one whose links or memory are slower than a thread', () => {
  const machines = [
    withFigures(profile, { 'dma.iommu': 0 }),
    withFigures(profile, { 'dma.iommu': 0, 'dma.maxSegmentBytes': 4096 }),
    withFigures(profile, { 'dma.iommu': 0, 'dma.maxSegmentBytes': 2 ** 20 }),
    withFigures(profile, { 'topology.threadsGBps': 6 }),
    withFigures(profile, { 'topology.domainGBps': 4 }),
    withFigures(profile, { 'memory.copyGBps': 8 }),
  ];
  for (const [i, machine] of machines.entries()) {
    for (const folio of [2 ** 21, 65_536, 4096].slice(0, amount(2, 3))) {
      for (const by of [{ migrator: 'baseline' as const }, { migrator: 'dcbm' as const, channels: 2 }]) {
        const cell = { folio, folios: 2 ** 30 / folio, ...by };
        isClose(closedNs(machine, cell), simulatedNs(cell, machine), `${i}, ${by.migrator}, ${folio}`);
      }
    }
  }
  assert.ok(simulatedNs({ folio: 2 ** 21, folios: 8, migrator: 'cpu' }, machines[3]!) > (8 * 2 ** 21) / 6);
});

test('so is that of the compaction', () => {
  const hugePages = 256;
  for (const busy of [false, true]) {
    for (const offload of [false, true]) {
      const closed = closedCompaction(profile, offload, busy);
      const simulated = runCompaction(
        { migrator: offload ? 'dcbm' : 'baseline', hogs: busy ? 1 : 0 },
        { profile, seed: 1, hugePages, cluster: 32 },
      );
      isClose((closed.wallMs * hugePages) / 16_384, simulated.wallMs, 'wall');
      isClose(closed.sysPercent, simulated.sysPercent, 'sys');
    }
  }
});

test('the search finds figures from which others were made, as far as these determine them', () => {
  const cells = publishedCells().map((cell) => {
    const offset = cell.error(profile);
    return { ...cell, error: (tried: typeof profile) => (1 + cell.error(tried)) / (1 + offset) - 1 };
  });
  const found = fit(profile, cells, 1, 2, 20_000);
  for (const { error, row } of cells) assert.ok(Math.abs(error(found)) < 0.06, `${row}: ${error(found)}`);
});

test('a state of the machine that the fit never saw is predicted', () => {
  const cells = publishedCells();
  const limits: Readonly<Record<string, number>> = { 'idle compaction': 0.05, 'busy compaction': 0.05 };
  for (const [state, limit] of Object.entries(limits)) {
    const own = cells.filter((cell) => cell.state === state);
    const without = fit(
      profile,
      cells.filter((cell) => cell.state !== state),
      1,
      10,
      8000,
    );
    const mean = meanAbsolute(own.map(({ error }) => error(without)));
    assert.ok(own.length > 0 && mean <= limit, `${state}: ${mean}`);
  }
});
