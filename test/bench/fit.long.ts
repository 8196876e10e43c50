import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCompaction } from '../../src/sim/experiments/compaction.js';
import { runMove } from '../../src/sim/experiments/move.js';
import { type Constants, compaction, moveNs } from '../../tools/fit/closed-form.js';
import { publishedCells } from '../../tools/fit/published-cells.js';
import { fit } from '../../tools/fit/search.js';
import { amount, sampled } from '../deep.js';
import { zen3 } from '../sim/profiles.js';

const profile = zen3();
/** The constants of the profile. */
const { cpu, dma } = profile;
const CONSTANTS: Constants = {
  call: cpu.callNs,
  folio: cpu.folioNs,
  page: cpu.pageNs,
  pmd: cpu.pmdNs,
  copy: cpu.copyGBps,
  cold: cpu.coldNsPerMiB,
  coldMiB: cpu.coldMiB,
  descriptor: dma.descriptorNs,
  near: dma.nearGBps,
  far: dma.farGBps,
  scan: profile.compaction.scanNs,
  loops: cpu.loopsPerSecond / 1e9,
};

/** A batch is not divided evenly to the byte, nor is what is cold of it. */
const TOLERANCE = 0.03;

function isClose(one: number, other: number, what: string): void {
  assert.ok(Math.abs(one / other - 1) < TOLERANCE, `${what}: ${one} and ${other}`);
}

test('the closed form is what the simulation takes', () => {
  for (const folio of [2 ** 21, 2 ** 20, 262_144, 65_536, 16_384, 4096].slice(0, amount(4, 6))) {
    for (const channels of sampled([0, 1, 2, 4, 8, 16], 3)) {
      const folios = 2 ** 30 / folio;
      const cell = { folio, folios, ...(channels === 0 ? {} : { channels }) };
      const migrator = channels === 0 ? 'baseline' : 'dcbm';
      const { ns } = runMove({ ...cell, migrator }, { profile, seed: 1, words: 1 });
      isClose(moveNs(CONSTANTS, folio, folios, channels), ns, `${folio} with ${channels}`);
    }
  }
});

test('so is that of the compaction', () => {
  const hugePages = 256;
  for (const busy of [false, true]) {
    for (const offload of [false, true]) {
      const closed = compaction(CONSTANTS, offload, busy);
      const simulated = runCompaction(
        { migrator: offload ? 'dcbm' : 'baseline', hogs: busy ? 1 : 0 },
        { profile, seed: 1, hugePages, cluster: 32 },
      );
      isClose((closed.wallMs * hugePages) / 16_384, simulated.wallMs, 'wall');
      isClose(closed.sysPercent, simulated.sysPercent, 'sys');
    }
  }
});

test('the search finds constants from which figures were made, as far as the figures tell them', () => {
  const cells = publishedCells().map((cell, at) => {
    const offset = cell.error(CONSTANTS);
    return { ...cell, error: (c: Constants) => (1 + cell.error(c)) / (1 + offset) - 1, at };
  });
  const found = fit(cells, 1, 2, 20_000);
  for (const { error, row } of cells) assert.ok(Math.abs(error(found)) < 0.05, `${row}: ${error(found)}`);
});
