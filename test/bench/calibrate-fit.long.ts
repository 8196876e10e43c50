import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitCopy, fitCpu } from '../../src/bench/calibrate/fit-cpu.js';
import { fitOffload, meanError, refine } from '../../src/bench/calibrate/fit-offload.js';
import { calibrationRows } from '../../src/bench/calibrate/rows.js';
import { exactSample, FIGURES, near } from './calibrate-support.js';

const ROWS = calibrationRows(64 * 2 ** 20, 4).flat();
const SAMPLES = ROWS.map((row) => exactSample(row));
const COLD = { ...FIGURES, cpu: { ...FIGURES.cpu, coldNsPerMiB: 200_000, coldMiB: 16 } };

function assertNear(actual: object, expected: object, part: number): void {
  for (const [name, value] of Object.entries(actual) as [string, number][]) {
    const wanted = (expected as Record<string, number>)[name]!;
    assert.ok(
      near(value, wanted, part) || Math.abs(value - wanted) < 1e-6,
      `${name}: ${value}, not ${wanted}`,
    );
  }
}

test('exact times of unmapping and mapping give the figures they were made of', () => {
  assertNear(fitCpu(SAMPLES), FIGURES.cpu, 1e-6);
});

test('exact times of copies give what a call costs and how fast it copies', () => {
  assertNear(fitCopy(SAMPLES, fitCpu(SAMPLES)), FIGURES.cpu, 1e-6);
});

test('a slow start is seen, and is not taken for the cost of a call', () => {
  const fit = fitCpu(ROWS.map((row) => exactSample(row, COLD)));
  assert.equal(fit.coldMiB, 16);
  assertNear(fit, COLD.cpu, 0.01);
});

test('a start that is hardly slower counts as none', () => {
  const figures = { ...COLD, cpu: { ...COLD.cpu, coldNsPerMiB: 1000 } };
  const { coldNsPerMiB, coldMiB } = fitCpu(ROWS.map((row) => exactSample(row, figures)));
  assert.deepEqual([coldNsPerMiB, coldMiB], [0, 0]);
});

test('exact times of offloaded copies give the rate of a channel, and what all get together', () => {
  const start = {
    ...FIGURES,
    memory: { ...FIGURES.memory, copyGBps: 30 },
    dma: { ...FIGURES.dma, nearGBps: 30, farGBps: 30 },
  };
  const { dma, memory } = fitOffload(SAMPLES, start);
  assert.ok(near(dma.farGBps, FIGURES.dma.farGBps, 0.01), `${dma.farGBps}`);
  assert.equal(dma.nearGBps, dma.farGBps);
  assert.ok(near(memory.copyGBps, FIGURES.memory.copyGBps, 0.01), `${memory.copyGBps}`);
});

test('figures that explain all rows already are left as they are', () => {
  const { cpu, memory, dma } = refine(SAMPLES, FIGURES);
  assertNear(cpu, FIGURES.cpu, 1e-9);
  assert.equal(memory.copyGBps, FIGURES.memory.copyGBps);
  assert.equal(dma.farGBps, FIGURES.dma.farGBps);
});

test('figures that are a little off as a whole are brought nearer to the rows', () => {
  const off = { ...FIGURES, cpu: { ...FIGURES.cpu, pageNs: 100, copyGBps: 9.5 } };
  const long = SAMPLES.filter(({ bytes }) => bytes === 64 * 2 ** 20);
  assert.ok(meanError(long, refine(SAMPLES, off)) < meanError(long, off) / 3);
});

test('times that are off by a tenth, to and fro, give figures that are off by little more', () => {
  const noisy = SAMPLES.map((sample, i) => {
    const factor = i % 2 === 0 ? 1.1 : 0.9;
    const [unmapNs, copyNs, mapNs] = [sample.unmapNs, sample.copyNs, sample.mapNs].map((ns) => ns * factor);
    const durationNs = sample.durationNs * factor;
    return { ...sample, durationNs, unmapNs: unmapNs!, copyNs: copyNs!, mapNs: mapNs! };
  });
  assert.ok(near(fitCopy(noisy, fitCpu(noisy)).copyGBps, FIGURES.cpu.copyGBps, 0.2));
  assert.ok(near(fitCpu(noisy).pageNs, FIGURES.cpu.pageNs, 0.25));
});
