import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelNs } from '../../src/bench/calibrate/model-time.js';
import type { CalibrationRow } from '../../src/bench/calibrate/move-sample.js';
import { runMove } from '../../src/sim/experiments/move.js';
import { FIGURES, near } from './calibrate-support.js';

const { cpu, memory, dma } = FIGURES;
const MIB = 2 ** 20;
const PROFILE = { name: 'made up', description: 'made up', ...FIGURES, compaction: { scanNs: 0 } };
/** One migration of 2M folios, a batch each. */
const HUGE = { copiers: 1, folioPages: 512, batchPages: 512 } as const;
const FOLIO_NS = cpu.folioNs + cpu.pmdNs;

function time(row: Omit<CalibrationRow, keyof typeof HUGE> & Partial<CalibrationRow>): number {
  return modelNs(FIGURES, { ...HUGE, ...row });
}

test('without a migrator everything adds up', () => {
  const each = FOLIO_NS + cpu.flushNs + cpu.copyCallNs + (2 * MIB) / cpu.copyGBps;
  assert.ok(near(time({ migrator: 'baseline', bytes: 20 * MIB }), cpu.callNs + 10 * each, 1e-9));
});

test('one batch through a channel waits for all of it', () => {
  const expected =
    cpu.callNs +
    FOLIO_NS +
    cpu.flushNs +
    dma.submitNs +
    dma.descriptorNs +
    (2 * MIB) / dma.farGBps +
    cpu.wakeNs;
  // The channel begins before the next thing is submitted.
  assert.ok(near(time({ migrator: 'dcbm', bytes: 2 * MIB }), expected, 0.001));
});

test('many batches through one channel take what the channel takes, when that is the slower one', () => {
  const more = time({ migrator: 'dcbm', bytes: 80 * MIB }) - time({ migrator: 'dcbm', bytes: 40 * MIB });
  assert.ok(near(more, 20 * (dma.descriptorNs + (2 * MIB) / dma.farGBps), 1e-6));
});

test('many batches of small folios take what the migrating thread takes, when that is the slower one', () => {
  const row = { migrator: 'dcbm', folioPages: 1, copiers: 4 } as const;
  const more = time({ ...row, bytes: 80 * MIB }) - time({ ...row, bytes: 40 * MIB });
  const copyNs = (2 * MIB) / memory.copyGBps;
  const moveNs = 512 * (cpu.folioNs + cpu.pageNs) + cpu.flushNs + 4 * dma.submitNs;
  assert.ok(moveNs > copyNs);
  assert.ok(near(more, 20 * moveNs, 1e-6));
});

test('copies at once share what the memory gives', () => {
  const row = { migrator: 'dcbm', copiers: 4, folioPages: 256 } as const;
  const batch = { ...row, bytes: 2 * MIB, batchPages: 512 };
  const alone = time({ ...batch, copiers: 1 });
  const both = time(batch);
  // Two folios: one channel takes 2 MiB at its rate, two take 1 MiB each at half of the memory's.
  const saved = (2 * MIB) / dma.farGBps - (2 * MIB) / memory.copyGBps;
  assert.ok(near(alone - both, saved, 0.01), `${alone - both}, not ${saved}`);
});

test('mtcopy with one thread copies as that thread does, piece by piece', () => {
  const pieces = (2 * MIB) / (256 * 1024);
  const expected =
    cpu.callNs + FOLIO_NS + cpu.flushNs + pieces * cpu.copyCallNs + (2 * MIB) / cpu.copyGBps + cpu.wakeNs;
  assert.ok(near(time({ migrator: 'mtcopy', bytes: 2 * MIB }), expected, 1e-9));
});

test('mtcopy with two threads takes less than with one, and two thirds of it at most here', () => {
  const row = { migrator: 'mtcopy', bytes: 64 * MIB } as const;
  assert.ok(time({ ...row, copiers: 2 }) < 0.67 * time(row));
});

test('the model says what the simulated machine takes', () => {
  for (const migrator of ['baseline', 'mtcopy', 'dcbm'] as const) {
    for (const folioPages of [1, 16, 512]) {
      const copiers = migrator === 'baseline' ? 1 : 2;
      const row = { migrator, copiers, folioPages, batchPages: 512, bytes: 64 * MIB };
      const { ns } = runMove(
        {
          migrator,
          folio: folioPages * 4096,
          folios: row.bytes / (folioPages * 4096),
          channels: 2,
          threads: 2,
        },
        { profile: PROFILE, seed: 1, words: 1, batchPages: 512, depth: 2 },
      );
      assert.ok(
        near(modelNs(PROFILE, row), ns, 0.05),
        `${migrator} ${folioPages}: ${modelNs(PROFILE, row)}, ${ns}`,
      );
    }
  }
});

test('soft channels share the processors with the migrating thread, in the model as in the machine', () => {
  const row = { migrator: 'dcbm', copiers: 2, folioPages: 16, batchPages: 512, bytes: 64 * MIB } as const;
  const timesOn = (cpus: number): [number, number] => {
    const profile = {
      ...PROFILE,
      cpu: { ...cpu, cpus },
      memory: { ...memory, copyGBps: 1000 },
      soft: { channelCpus: 1 },
    };
    const { ns } = runMove(
      { migrator: 'dcbm', folio: 65_536, folios: 1024, channels: 2 },
      { profile, seed: 1, words: 1, batchPages: 512, depth: 2 },
    );
    return [modelNs(profile, row), ns];
  };
  const [many, two] = [timesOn(16), timesOn(2)];
  assert.ok(two[1] > 1.02 * many[1], `${two[1]} ${many[1]}`);
  for (const [model, machine] of [many, two]) assert.ok(near(model, machine, 0.1), `${model}, ${machine}`);
});
