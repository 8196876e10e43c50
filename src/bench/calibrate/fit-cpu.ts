import { PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import { summarize } from '../../common/summary.js';
import type { TableFigures } from '../../sim/profile/hardware-profile.js';
import { batchesOf, foliosOf, longRows, type MoveSample } from './move-sample.js';
import { type Equation, fitNonNegative } from './non-negative-fit.js';

const MIB = 2 ** 20;
/** Shorter migrations show what a call costs, and whether it begins cold. */
const SHORT_BYTES = 16 * MIB;
/** A start must cost this many times the rest, or it is taken for noise. */
const VISIBLE = 1.15;
/** How many times as much the long rows count. */
const LONG_WEIGHT = 4;

/** Costs of the migrating thread's own work, without the copy. */
export interface CpuFit {
  readonly callNs: number;
  readonly folioNs: number;
  readonly pageNs: number;
  readonly pmdNs: number;
  readonly flushNs: number;
  readonly unmapShare: number;
  readonly coldNsPerMiB: number;
  readonly coldMiB: number;
}

export type ColdStart = Pick<CpuFit, 'coldNsPerMiB' | 'coldMiB'>;

/** Fits the rows without a migrator, whose phases follow one another and add up. */
export function fitCpu(samples: readonly MoveSample[]): CpuFit {
  const rows = samples.filter(({ migrator }) => migrator === 'baseline');
  const long = new Set(longRows(rows));
  const cold = coldStart(rows);
  const equations = rows.map((row): Equation => {
    const folios = foliosOf(row);
    const pages = folios * row.folioPages;
    const huge = row.folioPages === PMD_PAGES;
    return {
      terms: [1, folios, huge ? 0 : pages, huge ? folios : 0, batchesOf(row)],
      value: Math.max(1, row.durationNs - row.copyNs),
      weight: long.has(row) ? LONG_WEIGHT : 1,
    };
  });
  const [callNs, folioNs, pageNs, pmdNs, flushNs] = fitNonNegative(equations, 5) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const unmapShare = shareOf(rows, flushNs);
  return { callNs, folioNs, pageNs, pmdNs, flushNs, unmapShare, ...cold };
}

/** The part that is spent before the copy, without the flushes. */
function shareOf(rows: readonly MoveSample[], flushNs: number): number {
  const shares = rows.map((row) => {
    const before = Math.max(0, row.unmapNs - flushNs * batchesOf(row));
    return before + row.mapNs > 0 ? before / (before + row.mapNs) : 0.5;
  });
  return summarize(shares).median;
}

/**
 * How much longer a MiB of the shorter migrations takes than a MiB of the rest, without the call. Only rows in whole
 * batches and of three lengths count. 0 where the difference is within noise.
 */
function coldStart(rows: readonly MoveSample[]): ColdStart {
  const whole = rows.filter(({ batchPages }) => batchPages >= PMD_PAGES);
  const found = [...new Set(whole.map(({ folioPages }) => folioPages))].flatMap((folioPages) => {
    const sized = whole.filter((row) => row.folioPages === folioPages).sort((a, b) => a.bytes - b.bytes);
    const [one, short, long] = [sized[0], sized.find(({ bytes }) => bytes >= SHORT_BYTES), sized.at(-1)];
    if (one === undefined || short === undefined || long === undefined) return [];
    if (short.bytes <= one.bytes || long.bytes <= short.bytes) return [];
    const [first, rest] = [nsPerMiB(one, short), nsPerMiB(short, long)];
    return [{ ratio: first / rest, more: first - rest }];
  });
  if (found.length === 0 || summarize(found.map(({ ratio }) => ratio)).median < VISIBLE) {
    return { coldNsPerMiB: 0, coldMiB: 0 };
  }
  const more = summarize(found.map((each) => each.more)).median;
  return { coldNsPerMiB: Math.max(0, more), coldMiB: SHORT_BYTES / MIB };
}

function nsPerMiB(less: MoveSample, more: MoveSample): number {
  return ((more.durationNs - less.durationNs) / (more.bytes - less.bytes)) * MIB;
}

export interface CopyFit {
  readonly copyCallNs: number;
  readonly copyGBps: number;
}

/** Fits the cost of copying, without a slow start, to the rows without a migrator. There each folio is one call. */
export function fitCopy(samples: readonly MoveSample[], cold: ColdStart): CopyFit {
  const rows = samples.filter(({ migrator }) => migrator === 'baseline');
  const equations = rows.map((row) => ({
    terms: [foliosOf(row), row.bytes],
    value: Math.max(1, row.copyNs - Math.min(cold.coldMiB, row.bytes / MIB) * cold.coldNsPerMiB),
  }));
  const [copyCallNs, nsPerByte] = fitNonNegative(equations, 2) as [number, number];
  return { copyCallNs, copyGBps: 1 / Math.max(nsPerByte, 1e-6) };
}

/**
 * Fits the cost of moving page tables to migrations that moved nothing else. Each batch leaves by one call and arrives by
 * one. Isolation, destinations and accounting are part of it, as of `cpu.folioNs`. Undefined without a sample.
 * @param flushNs what the flush of each batch takes (`cpu.flushNs`).
 */
export function fitTables(samples: readonly MoveSample[], flushNs: number): TableFigures | undefined {
  if (samples.length === 0) return undefined;
  const equations = samples.flatMap((row) => {
    const tables = row.bytes / PMD_SIZE;
    const calls = batchesOf(row);
    return [
      { terms: [tables, 0, calls], value: Math.max(1, row.unmapNs - calls * flushNs) },
      { terms: [0, tables, calls], value: Math.max(1, row.mapNs) },
    ];
  });
  const [leaveNs, arriveNs, callNs] = fitNonNegative(equations, 3) as [number, number, number];
  return { supported: 1, leaveNs, arriveNs, callNs };
}
