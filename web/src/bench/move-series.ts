import { rfcByBatch, rfcByFolio } from '../../../src/sim/experiments/rfc-figures.js';
import type { ChartSeries } from '../ui/chart.js';
import { SERIES_COLORS } from '../ui/colors.js';
import { bytesOf, type MoveReport, type MoveRow } from './reports.js';

/** What a chart of throughput by folio size, or by batch, is drawn from. */
export interface Curves {
  readonly places: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly data: readonly (readonly (number | null)[])[];
}

const DASHES: readonly (readonly number[] | undefined)[] = [
  undefined,
  [8, 3],
  [3, 3],
  [12, 3, 3, 3],
  [1, 4],
  [16, 4],
];

/** A row's name without its place: `dcbm, 2 channels`. */
export function nameOf({
  migrator,
  channels,
  threads,
}: Pick<MoveRow, 'migrator' | 'channels' | 'threads'>): string {
  if (migrator === 'dcbm') return `dcbm, ${channels} ${channels === 1 ? 'channel' : 'channels'}`;
  return migrator === 'mtcopy' ? `mtcopy, ${threads} threads` : migrator;
}

function placeOf({ folio, batch }: { readonly folio: string; readonly batch: number | null }): number {
  return batch ?? bytesOf(folio);
}

/** What was measured here, and the limit: what this host's best copy does. */
export function measuredCurves({ rows, limit }: MoveReport): Curves {
  const places = [...new Set(rows.map(placeOf))].sort((a, b) => a - b);
  const names = [...new Set(rows.map(nameOf))];
  const curve = (name: string) =>
    places.map(
      (place) => rows.find((row) => nameOf(row) === name && placeOf(row) === place)?.medianGBps ?? null,
    );
  const best = places.map((place) => limit.native.find((one) => placeOf(one) === place)?.medianGBps ?? null);
  return {
    places,
    series: [
      { label: 'copy limit', color: 'text-quiet', dash: [2, 4], width: 1.5 },
      ...names.map((label, i) => seriesAt(label, i)),
    ],
    data: [places, best, ...names.map(curve)],
  };
}

const RFC_FOLIOS = ['4K', '16K', '64K', '256K', '1M', '2M'];
const RFC_BATCHES = [1, 8, 16, 32, 64, 256, 512, 1024, 2048, 8192];
const RFC_CHANNELS = [1, 2, 4, 8, 16];

/** What the RFC has published, of its machine. */
export function publishedCurves(byBatch: boolean): Curves {
  const places = byBatch ? RFC_BATCHES : RFC_FOLIOS.map(bytesOf);
  const rows = [
    { migrator: 'baseline', channels: 1, threads: 1 },
    ...(byBatch ? [1] : RFC_CHANNELS).map((channels) => ({ migrator: 'dcbm', channels, threads: 1 })),
  ];
  const curve = (row: (typeof rows)[number]) =>
    byBatch
      ? RFC_BATCHES.map((batch) => rfcByBatch(row, batch) ?? null)
      : RFC_FOLIOS.map((folio) => rfcByFolio(row, folio) ?? null);
  return {
    places,
    series: rows.map((row, i) => seriesAt(nameOf(row), i)),
    data: [places, ...rows.map(curve)],
  };
}

export function seriesAt(label: string, i: number): ChartSeries {
  const dash = DASHES[i % DASHES.length];
  const color = SERIES_COLORS[i % SERIES_COLORS.length]!;
  return { label, color, marked: true, ...(dash === undefined ? {} : { dash }) };
}
