import { PMD_PAGES } from '../../common/page.js';
import { summarize } from '../../common/summary.js';
import { batchesOf, foliosOf, longRows, type MoveSample } from './move-sample.js';
import { type Equation, fitNonNegative } from './non-negative-fit.js';

const MIB = 2 ** 20;
/** Migrations of less than this say what a call costs, and whether it begins cold. */
const SHORT_BYTES = 16 * MIB;
/** A start that costs less than this much more than the rest cannot be told from noise. */
const VISIBLE = 1.15;
/** How much more the long rows count. */
const LONG_WEIGHT = 4;

/** What the migrating thread's own work costs, the copy apart. */
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

/** Fits the rows without a migrator: there the phases follow one another, and add up. */
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

/** The part that is spent before the copy, the flushes apart. */
function shareOf(rows: readonly MoveSample[], flushNs: number): number {
  const shares = rows.map((row) => {
    const before = Math.max(0, row.unmapNs - flushNs * batchesOf(row));
    return before + row.mapNs > 0 ? before / (before + row.mapNs) : 0.5;
  });
  return summarize(shares).median;
}

/**
 * Whether what comes first is slower: by how much a MiB of the shorter migrations takes longer than one of the rest, the
 * call apart. Only of rows in whole batches and of three lengths; 0 where it cannot be seen.
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
