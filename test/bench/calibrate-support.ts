import { type ModelFigures, modelNs } from '../../src/bench/calibrate/model-time.js';
import {
  batchesOf,
  type CalibrationRow,
  foliosOf,
  type MoveSample,
} from '../../src/bench/calibrate/move-sample.js';

const MIB = 2 ** 20;

/** A made-up host. */
export const FIGURES: ModelFigures = {
  cpu: {
    callNs: 80_000,
    folioNs: 250,
    pageNs: 140,
    pmdNs: 9000,
    unmapShare: 0.4,
    flushNs: 6000,
    copyCallNs: 300,
    copyGBps: 8,
    coldNsPerMiB: 0,
    coldMiB: 0,
    wakeNs: 5000,
    sliceNs: 1_400_000,
    cpus: 4,
    loopsPerSecond: 1e9,
  },
  memory: { copyGBps: 16, nodePages: 2 ** 20 },
  dma: {
    channels: 16,
    nearChannels: 0,
    nearGBps: 12,
    farGBps: 12,
    descriptorNs: 300,
    submitNs: 30,
    queueDepth: 1024,
    iommu: 0,
    maxSegmentBytes: 2 ** 40,
  },
  compaction: { scanNs: 0 },
} as ModelFigures;

/** What such a host takes for a row, to the nanosecond. */
export function exactSample(row: CalibrationRow, figures: ModelFigures = FIGURES): MoveSample {
  const { cpu } = figures;
  const folios = foliosOf(row);
  const folioNs = cpu.folioNs + (row.folioPages === 512 ? cpu.pmdNs : row.folioPages * cpu.pageNs);
  const cold = Math.min(cpu.coldMiB, row.bytes / MIB) * cpu.coldNsPerMiB;
  return {
    ...row,
    durationNs: modelNs(figures, row),
    unmapNs: folios * folioNs * cpu.unmapShare + batchesOf(row) * cpu.flushNs,
    copyNs: row.migrator === 'baseline' ? folios * cpu.copyCallNs + row.bytes / cpu.copyGBps + cold : 0,
    mapNs: folios * folioNs * (1 - cpu.unmapShare),
    spread: 0,
  };
}

/** Within a part of what it should be. */
export function near(actual: number, expected: number, part: number): boolean {
  return Math.abs(actual - expected) <= part * Math.abs(expected);
}
